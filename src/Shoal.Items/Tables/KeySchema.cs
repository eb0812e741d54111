namespace Shoal.Items.Tables;

/// <summary>The key of a table or of an index.</summary>
/// <param name="Partition">The attribute that says which items belong together.</param>
/// <param name="Sort">The attribute that orders them; null for none.</param>
public sealed record KeySchema(KeyDefinition Partition, KeyDefinition? Sort)
{
    /// <summary>The one or two attributes, the partition key first.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<KeyDefinition> Attributes => Sort is null ? [Partition] : [Partition, Sort];

    /// <summary>Whether an attribute is part of the key.</summary>
    public bool Contains(string name) => Partition.Name == name || Sort?.Name == name;
}

using System.Text.Json.Serialization;

namespace Shoal.Items.Tables;

/// <summary>A table of items, as it is stored.</summary>
public sealed record ItemTable
{
    /// <summary>3 to 255 letters, digits, <c>_</c>, <c>.</c> and <c>-</c>; unique in the database.</summary>
    public required string Name { get; init; }

    /// <summary>Its key.</summary>
    public required KeySchema Key { get; init; }

    /// <summary>All attributes that are declared, in the order they were.</summary>
    public required IReadOnlyList<KeyDefinition> Attributes { get; init; }

    /// <summary>Its indexes, local ones first.</summary>
    public IReadOnlyList<SecondaryIndex> Indexes { get; init; } = [];

    /// <summary>What its items are stored under; unique in the database, never used again.</summary>
    public long Id { get; init; }

    /// <summary>Another random UUID with each table of this name.</summary>
    public Guid Uuid { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether it is billed by request; only shown.</summary>
    public bool PayPerRequest { get; init; }

    /// <summary>When it was last set to that.</summary>
    public DateTimeOffset? PayPerRequestSince { get; init; }

    /// <summary>Read capacity as it was asked for; only shown.</summary>
    public long ReadUnits { get; init; }

    /// <summary>Write capacity as it was asked for; only shown.</summary>
    public long WriteUnits { get; init; }

    /// <summary>How often capacity was lowered; only shown.</summary>
    public long DecreasesToday { get; init; }

    /// <summary>When capacity was last raised.</summary>
    public DateTimeOffset? IncreasedAt { get; init; }

    /// <summary>When capacity was last lowered.</summary>
    public DateTimeOffset? DecreasedAt { get; init; }

    /// <summary>The attribute that holds the second at which an item expires; null for none.</summary>
    public string? TimeToLive { get; init; }

    /// <summary>What its stream shows; null while there is no stream.</summary>
    public StreamView? Stream { get; init; }

    /// <summary>When the stream was enabled last; it names the stream.</summary>
    public DateTimeOffset? StreamSince { get; init; }

    /// <summary>Whether <c>DeleteTable</c> is refused.</summary>
    public bool DeletionProtection { get; init; }

    /// <summary>Free texts by key.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The local indexes.</summary>
    [JsonIgnore]
    public IEnumerable<SecondaryIndex> LocalIndexes => Indexes.Where(static index => index.IsLocal);

    /// <summary>The global indexes.</summary>
    [JsonIgnore]
    public IEnumerable<SecondaryIndex> GlobalIndexes => Indexes.Where(static index => !index.IsLocal);

    /// <summary>An index by name; null when there is none.</summary>
    public SecondaryIndex? FindIndex(string name) => Indexes.FirstOrDefault(index => index.Name == name);
}

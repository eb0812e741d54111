namespace Shoal.Sync.Configuration;

/// <summary>One table that is synchronised.</summary>
public sealed record TableSettings
{
    /// <summary>Schema in PostgreSQL.</summary>
    public required string Schema { get; init; }

    /// <summary>Name in PostgreSQL.</summary>
    public required string Name { get; init; }

    public required RouteSettings Route { get; init; }

    /// <summary>Name in the tenant's database.</summary>
    public required string Destination { get; init; }

    /// <summary>Options of columns by name: how a value is stored, or <c>exclude</c>.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Indexes of the destination: <c>name</c> to the columns, as SQL between the parentheses.</summary>
    public IReadOnlyDictionary<string, string> Indexes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether the tenant column is left out of the destination.</summary>
    public bool DropRouteColumn { get; init; }

    /// <summary>Whether a TRUNCATE empties the destination too.</summary>
    public bool AppliesTruncate { get; init; } = true;

    /// <summary><c>schema.name</c>.</summary>
    public string FullName => Schema + "." + Name;
}

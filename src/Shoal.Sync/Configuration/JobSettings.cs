namespace Shoal.Sync.Configuration;

/// <summary>A full sync of tenants, by the clock or by hand.</summary>
public sealed record JobSettings
{
    public required string Name { get; init; }

    /// <summary>When it runs by itself; null for by hand only.</summary>
    public JobSchedule? Schedule { get; init; }

    /// <summary>Which tenants; empty for all.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>Which tables, by their name in PostgreSQL or at the tenant; empty for all.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>How often a tenant is tried again in a run. Default 5.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Wait before the first retry of a tenant; doubles with every one, up to an hour. Default 30 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a table is meant.</summary>
    public bool Covers(TableSettings table) => Tables.Count == 0 || Tables.Any(name => IsName(name, table));

    /// <summary>Whether a table is called so.</summary>
    public static bool IsName(string name, TableSettings table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return name == table.FullName || name == table.Destination || (name == table.Name && table.Schema == "public");
    }
}

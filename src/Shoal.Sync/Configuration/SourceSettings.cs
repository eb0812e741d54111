namespace Shoal.Sync.Configuration;

/// <summary>One PostgreSQL database and what of it goes where.</summary>
public sealed record SourceSettings
{
    public required string Name { get; init; }

    /// <summary>Npgsql's keywords, or a <c>postgresql://</c> address. A secret. Empty for a source that only has a queue.</summary>
    public required string Connection { get; init; }

    public required string Slot { get; init; }

    public bool CreateSlot { get; init; } = true;

    public required string Publication { get; init; }

    public bool CreatePublication { get; init; } = true;

    /// <summary>A query whose first column lists tenants, for those that have no routed rows; null for none.</summary>
    public string? TenantsQuery { get; init; }

    /// <summary>Name of a tenant's database; <c>{tenant}</c> stands for its key.</summary>
    public string DatabaseName { get; init; } = "tenant-{tenant}";

    /// <summary>The database that holds the sync's own state.</summary>
    public required string StateDatabase { get; init; }

    public ApplySettings Apply { get; init; } = new();

    public WalBudgetSettings WalBudget { get; init; } = new();

    public VerifySettings Verify { get; init; } = new();

    /// <summary>Tables that follow PostgreSQL.</summary>
    public required IReadOnlyList<TableSettings> Tables { get; init; }

    /// <summary>Tables whose rows come as messages; null for none.</summary>
    public QueueSettings? Queue { get; init; }

    /// <summary>Full syncs by the clock or by hand.</summary>
    public IReadOnlyList<JobSettings> Jobs { get; init; } = [];

    /// <summary>Whether there is a PostgreSQL to follow.</summary>
    public bool Streams => Connection.Length > 0;

    /// <summary>The database of a tenant.</summary>
    public string DatabaseOf(string tenant) => DatabaseName.Replace("{tenant}", tenant, StringComparison.Ordinal);

    /// <summary>Without the connection, which is a secret.</summary>
    public override string ToString() => Name;
}

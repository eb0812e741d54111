namespace Shoal.PowerCut.Load;

/// <summary>The SQL that both kinds of <see cref="IDatabases"/> send.</summary>
internal static class Questions
{
    /// <summary>What SQLite says of a transaction that is not the next one.</summary>
    public const string Refusal = "NOT NULL";

    public const string Commits = "SELECT commits FROM state";

    public const string HasTables = "SELECT 1 FROM sqlite_schema WHERE name = 'state'";

    /// <summary>Commits, rows, columns and the index, in this order.</summary>
    public static IReadOnlyList<string> Everything { get; } =
    [
        Commits,
        "SELECT id, version, tag, payload FROM items",
        "SELECT * FROM items LIMIT 0",
        "SELECT 1 FROM sqlite_schema WHERE name = 'items_tag'",
    ];

    public static string Provocation(int commits) => $"UPDATE state SET commits = NULL WHERE commits >= {commits}";
}

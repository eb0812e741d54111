using Shoal.Cli.Targets;
using Shoal.Engine.Requests;

namespace Shoal.Cli.Migrations;

/// <summary>The table of applied migrations inside a database; wrangler's, column for column.</summary>
/// <remarks>Source: the statements that wrangler 4 sends for <c>d1 migrations apply</c>.</remarks>
internal sealed class MigrationTable
{
    public const string DefaultName = "d1_migrations";

    private readonly ITarget _target;
    private readonly DatabaseSummary _database;
    private readonly string _name;

    public MigrationTable(ITarget target, DatabaseSummary database, string name)
    {
        _target = target;
        _database = database;
        _name = name;
    }

    private string QuotedName => '"' + _name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    /// <summary>Names that were applied; none when the table does not exist. Never writes.</summary>
    public async Task<IReadOnlySet<string>> ReadAppliedAsync(CancellationToken cancellationToken)
    {
        var exists = await _target.ExecuteAsync(_database,
            [new SqlText("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", SqlValue.Text(_name))],
            cancellationToken);
        if (exists[0].Rows[0][0] is 0L)
        {
            return new HashSet<string>(StringComparer.Ordinal);
        }

        var applied = await _target.ExecuteAsync(_database,
            [new SqlText($"SELECT name FROM {QuotedName} ORDER BY id")], cancellationToken);
        return applied[0].Rows.Select(row => (string)row[0]!).ToHashSet(StringComparer.Ordinal);
    }

    public Task CreateAsync(CancellationToken cancellationToken) => _target.ExecuteAsync(_database,
        [new SqlText($"""
            CREATE TABLE IF NOT EXISTS {QuotedName}(
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              name TEXT UNIQUE,
              applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
            )
            """)], cancellationToken);

    /// <summary>Runs a migration and records it, in one transaction.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="sql">Its text; <c>;</c> after its last statement may be missing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task ApplyAsync(MigrationFile migration, string sql, CancellationToken cancellationToken)
    {
        var quoted = migration.Name.Replace("'", "''", StringComparison.Ordinal);
        var text = sql.Replace("\r\n", "\n", StringComparison.Ordinal);

        // The line breaks end a comment on the last line; the semicolon ends the last statement.
        return _target.ExecuteAsync(_database,
            [new SqlText($"{text}\n;\nINSERT INTO {QuotedName} (name) VALUES ('{quoted}');")], cancellationToken);
    }
}

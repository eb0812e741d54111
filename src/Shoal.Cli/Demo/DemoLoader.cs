using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Cli.Demo;

/// <summary>Loads the demonstration's databases, each in one transaction, and only those that are missing.</summary>
/// <remarks>
/// A database is complete when it holds the table <see cref="MarkerTable"/>, written in the same transaction as its rows.
/// <c>iso</c> comes last, so its marker says that all are there.
/// </remarks>
internal sealed class DemoLoader
{
    private const string MarkerTable = "demo_source";

    // Enough to keep both the disk and the writers busy.
    private const int ConcurrentDatabases = 8;

    private readonly DatabaseEngine _engine;
    private readonly string _account;

    public DemoLoader(DatabaseEngine engine, string account)
    {
        _engine = engine;
        _account = account;
    }

    /// <summary>Whether everything is loaded already.</summary>
    public async Task<bool> IsCompleteAsync(CancellationToken cancellationToken) =>
        _engine.FindDatabase(_account, "iso") is { } shared && await HasMarkerAsync(shared.Id, cancellationToken);

    /// <summary>Loads what is missing and returns what that was.</summary>
    public async Task<DemoTotals> LoadAsync(IProgress<DemoTotals> progress, CancellationToken cancellationToken)
    {
        var databases = IsoCodes.ReadCountries().Append(UnicodeCharacters.Read()).ToList();
        var shared = IsoCodes.ReadShared();
        var totals = new DemoTotals(Checked: 0, databases.Count + 1, Loaded: 0, Rows: 0);
        var lockTotals = new Lock();
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ConcurrentDatabases,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(databases, options, async (database, token) =>
        {
            Add(await LoadDatabaseAsync(database, token));
        });
        Add(await LoadDatabaseAsync(shared, cancellationToken));
        return totals;

        void Add(int? rows)
        {
            lock (lockTotals)
            {
                totals = totals.With(rows);
                progress.Report(totals);
            }
        }
    }

    // Its rows, or null when it is complete already.
    private async Task<int?> LoadDatabaseAsync(DemoDatabase database, CancellationToken cancellationToken)
    {
        var record = _engine.FindDatabase(_account, database.Name) ?? await _engine.CreateDatabaseAsync(
            new NewDatabase { Account = _account, Name = database.Name }, cancellationToken);
        if (await HasMarkerAsync(record.Id, cancellationToken))
        {
            return null;
        }

        var items = new List<SqlBatchItem> { new(database.Schema) };
        items.AddRange(database.Tables.SelectMany(table => table.ToStatements()));
        if (database.Finish.Length > 0)
        {
            items.Add(new SqlBatchItem(database.Finish));
        }

        items.Add(new SqlBatchItem(
            $"CREATE TABLE {MarkerTable} (packages TEXT NOT NULL, loaded_at TEXT NOT NULL, row_count INTEGER NOT NULL)"));
        items.Add(new SqlBatchItem(
            $"INSERT INTO {MarkerTable} VALUES ('iso-codes, unicode-data', strftime('%Y-%m-%dT%H:%M:%SZ'), ?)",
            SqlValue.Integer(database.RowCount)));
        await _engine.ExecuteAsync(record.Id,
            new SqlRequest { Items = items, Compatibility = CompatibilityLevel.Relaxed }, new ResultCollector(), cancellationToken);
        return database.RowCount;
    }

    private async Task<bool> HasMarkerAsync(DatabaseId id, CancellationToken cancellationToken)
    {
        var found = new ResultCollector();
        await _engine.ExecuteAsync(id,
            SqlRequest.Relaxed("SELECT count(*) FROM sqlite_schema WHERE name = ?", SqlValue.Text(MarkerTable)), found,
            cancellationToken);
        return found.Rows[0][0].AsInteger == 1;
    }
}

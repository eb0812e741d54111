using System.Text.Json;
using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Sync.Configuration;

namespace Shoal.Sync.State;

/// <summary>The sync's own database, on the same server: the source, its tenants, dead letters.</summary>
/// <remarks>Thread: safe. Every write may be sent twice.</remarks>
internal sealed class StateStore(ShoalClient client, SourceSettings settings)
{
    private const string Streaming = "streaming";
    private const int TenantsPerStatement = 1_000;

    /// <summary>The operation of dead letters that were no message that can be applied.</summary>
    public const string OutboxOperation = "outbox";

    /// <summary>The phase of a source without a stream.</summary>
    private const string Queue = "queue";

    private readonly Database _database = client.Database(settings.StateDatabase, createIfMissing: true);

    public Task CreateAsync(CancellationToken cancellation) => _database.BatchAsync(
        [
            Make("CREATE TABLE IF NOT EXISTS sources(name TEXT PRIMARY KEY, system_id TEXT NOT NULL, timeline INTEGER NOT NULL, "
                + "slot TEXT NOT NULL, confirmed_lsn INTEGER NOT NULL, phase TEXT NOT NULL, schema_hash TEXT NOT NULL, "
                + "rows INTEGER NOT NULL DEFAULT 0, transactions INTEGER NOT NULL DEFAULT 0, copied INTEGER NOT NULL DEFAULT 0, "
                + "lag_ms INTEGER NOT NULL DEFAULT 0, updated_ms INTEGER NOT NULL DEFAULT 0, paused INTEGER NOT NULL DEFAULT 0) STRICT"),
            Make("CREATE TABLE IF NOT EXISTS tenants(tenant TEXT PRIMARY KEY, database TEXT NOT NULL, status TEXT NOT NULL, "
                + "reason TEXT NOT NULL, updated_ms INTEGER NOT NULL, copied_ms INTEGER NOT NULL DEFAULT 0) STRICT"),
            Make("CREATE TABLE IF NOT EXISTS copies(tenant TEXT PRIMARY KEY, schema_hash TEXT NOT NULL) STRICT, WITHOUT ROWID"),
            Make("CREATE TABLE IF NOT EXISTS dead_letters(id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, tbl TEXT NOT NULL, "
                + "operation TEXT NOT NULL, key TEXT NOT NULL, error TEXT NOT NULL, lsn INTEGER NOT NULL, at_ms INTEGER NOT NULL, "
                + "UNIQUE(tenant, tbl, key, lsn)) STRICT"),
        ], cancellation);

    public async Task<SourceState?> FindSourceAsync(CancellationToken cancellation)
    {
        var found = await _database
            .Prepare("SELECT system_id, timeline, slot, confirmed_lsn, phase, schema_hash FROM sources WHERE name = ?")
            .Bind(settings.Name).AllAsync(static row => new SourceState(row.GetString(0), row.GetInt64(1), row.GetString(2),
                (ulong)row.GetInt64(3), row.GetString(4), row.GetString(5)), cancellation);
        return found.Count > 0 ? found[0] : null;
    }

    public Task SaveSourceAsync(SourceState state, CancellationToken cancellation) => Make(
        "INSERT INTO sources(name, system_id, timeline, slot, confirmed_lsn, phase, schema_hash) VALUES (?, ?, ?, ?, ?, ?, ?) "
        + "ON CONFLICT(name) DO UPDATE SET system_id = excluded.system_id, timeline = excluded.timeline, slot = excluded.slot, "
        + "confirmed_lsn = excluded.confirmed_lsn, phase = excluded.phase, schema_hash = excluded.schema_hash",
        settings.Name, state.SystemId, state.Timeline, state.Slot, (long)state.ConfirmedLsn, state.Phase, state.SchemaHash)
        .RunAsync(cancellation);

    /// <summary>Makes a source known that has no stream.</summary>
    public Task AddSourceAsync(CancellationToken cancellation) => Make(
        "INSERT OR IGNORE INTO sources(name, system_id, timeline, slot, confirmed_lsn, phase, schema_hash) VALUES (?, '', 0, '', 0, ?, '')",
        settings.Name, Queue).RunAsync(cancellation);

    /// <summary>Says that the queue runs.</summary>
    public Task TouchAsync(CancellationToken cancellation) => Make(
        "UPDATE sources SET updated_ms = ? WHERE name = ? AND phase = ?", Now(), settings.Name, Queue).RunAsync(cancellation);

    /// <summary>Whether somebody has asked the sync to pause.</summary>
    public async Task<bool> IsPausedAsync(CancellationToken cancellation) =>
        (await Make("SELECT paused FROM sources WHERE name = ?", settings.Name).AllAsync(static row => row.GetInt64(0), cancellation))
            .Contains(1);

    /// <summary>Asks the sync to pause or to go on.</summary>
    /// <returns>Whether there is such a source.</returns>
    public async Task<bool> SetPausedAsync(bool paused, CancellationToken cancellation) =>
        (await Make("UPDATE sources SET paused = ? WHERE name = ?", paused ? 1 : 0, settings.Name).RunAsync(cancellation)).Changes > 0;

    /// <summary>Before it is confirmed to PostgreSQL, so that a slot which is ahead of it is known not to be ours.</summary>
    public Task SavePositionAsync(ulong confirmed, Apply.SyncCounters counters, TimeSpan lag, CancellationToken cancellation) => Make(
        "UPDATE sources SET confirmed_lsn = ?, rows = ?, transactions = ?, copied = ?, lag_ms = ?, updated_ms = ? WHERE name = ?",
        (long)confirmed, counters.Rows, counters.Transactions, counters.Copied, (long)lag.TotalMilliseconds, Now(), settings.Name)
        .RunAsync(cancellation);

    public async Task<IReadOnlyList<TenantStatus>> ListTenantsAsync(CancellationToken cancellation) =>
        await Make("SELECT tenant, database, status, reason FROM tenants ORDER BY tenant").AllAsync(static row =>
            new TenantStatus(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3)), cancellation);

    public async Task<IReadOnlyList<string>> ListRequestedAsync(CancellationToken cancellation) =>
        await Make("SELECT tenant FROM tenants WHERE status = 'needsResync' OR copied_ms < ? ORDER BY copied_ms",
                settings.Apply.ResyncEvery > TimeSpan.Zero ? Now() - (long)settings.Apply.ResyncEvery.TotalMilliseconds : -1)
            .AllAsync(static row => row.GetString(0), cancellation);

    public Task AddTenantAsync(string tenant, CancellationToken cancellation) => Make(
        "INSERT OR IGNORE INTO tenants(tenant, database, status, reason, updated_ms, copied_ms) "
        + "VALUES (?1, ?2, ?3, '', ?4, ?4)", tenant, settings.DatabaseOf(tenant), Streaming, Now())
        .RunAsync(cancellation);

    public Task AddTenantsAsync(IReadOnlyCollection<string> tenants, CancellationToken cancellation) => tenants.Count == 0
        ? Task.CompletedTask : _database.BatchAsync(tenants.Chunk(TenantsPerStatement).Select(chunk => Make(
            "INSERT OR IGNORE INTO tenants(tenant, database, status, reason, updated_ms, copied_ms) "
            + "SELECT value, replace(?2, '{tenant}', value), ?3, '', ?4, ?4 FROM json_each(?1)",
            JsonSerializer.Serialize(chunk), settings.DatabaseName, Streaming, Now())).ToList(), cancellation);

    /// <summary>Tenants whose last copy made these tables.</summary>
    public async Task<HashSet<string>> ListCopiedAsync(string schemaHash, CancellationToken cancellation) =>
        (await Make("SELECT tenant FROM copies WHERE schema_hash = ?", schemaHash).AllAsync(static row => row.GetString(0), cancellation))
            .ToHashSet(StringComparer.Ordinal);

    public Task SetStatusAsync(string tenant, string status, string reason, CancellationToken cancellation) => Make(
        "INSERT INTO tenants(tenant, database, status, reason, updated_ms) VALUES (?, ?, ?, ?, ?) "
        + "ON CONFLICT(tenant) DO UPDATE SET status = excluded.status, "
        + "reason = excluded.reason, updated_ms = excluded.updated_ms",
        tenant, settings.DatabaseOf(tenant), status, reason, Now()).RunAsync(cancellation);

    /// <summary>
    /// A copy is complete: what had been put aside is in it or gone, except for messages and for rows that the copy
    /// put aside itself.
    /// </summary>
    public Task SetCopiedAsync(string tenant, string schemaHash, IReadOnlyCollection<DeadRow> refused,
        CancellationToken cancellation) => _database.BatchAsync(
        [
            Make("INSERT INTO copies VALUES (?, ?) ON CONFLICT(tenant) DO UPDATE SET schema_hash = excluded.schema_hash",
                tenant, schemaHash),
            Make("INSERT INTO tenants(tenant, database, status, reason, updated_ms, copied_ms) VALUES (?1, ?2, ?3, '', ?4, ?4) "
                + "ON CONFLICT(tenant) DO UPDATE SET status = excluded.status, "
                + "reason = '', updated_ms = excluded.updated_ms, copied_ms = excluded.copied_ms",
                tenant, settings.DatabaseOf(tenant), Streaming, Now()),
            Make("DELETE FROM dead_letters WHERE tenant = ? AND operation NOT IN ('upsert', 'update', 'delete')", tenant),
            .. refused.SelectMany(row => PutAside(tenant, row.Table, "Copy", row.Key, row.Error, 0)),
        ], cancellation);

    public Task AddDeadLetterAsync(string tenant, string table, string operation, string key, string error, ulong lsn,
        CancellationToken cancellation) => _database.BatchAsync(PutAside(tenant, table, operation, key, error, lsn), cancellation);

    private Statement[] PutAside(string tenant, string table, string operation, string key, string error, ulong lsn) =>
        [
            Make("INSERT OR IGNORE INTO dead_letters(tenant, tbl, operation, key, error, lsn, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
                tenant, table, operation, key, error, (long)lsn, Now()),
            Make("INSERT INTO tenants(tenant, database, status, reason, updated_ms) VALUES (?, ?, 'degraded', ?, ?) "
                + "ON CONFLICT(tenant) DO UPDATE SET status = excluded.status, "
                + "reason = excluded.reason, updated_ms = excluded.updated_ms WHERE status = 'streaming'",
                tenant, settings.DatabaseOf(tenant), $"rows of {table} were refused: {error}", Now()),
        ];

    /// <summary>A message of the stream that nobody can apply: it names no tenant, or no table.</summary>
    public Task AddOutboxLetterAsync(string text, string error, ulong lsn, CancellationToken cancellation) => Make(
        "INSERT OR IGNORE INTO dead_letters(tenant, tbl, operation, key, error, lsn, at_ms) VALUES ('', '', ?, ?, ?, ?, ?)",
        OutboxOperation, text, error, (long)lsn, Now()).RunAsync(cancellation);

    public async Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int limit, CancellationToken cancellation) =>
        await Make("SELECT id, tenant, tbl, operation, key, error, lsn, at_ms FROM dead_letters ORDER BY id DESC LIMIT ?", limit)
            .AllAsync(static row => new DeadLetter(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3),
                row.GetString(4), row.GetString(5), row.GetInt64(6), row.GetInt64(7)), cancellation);

    /// <summary>Numbers that a running sync has left, by name; empty before it has.</summary>
    public async Task<IReadOnlyDictionary<string, long>> ReadNumbersAsync(CancellationToken cancellation)
    {
        const string Sql = "SELECT rows, transactions, copied, lag_ms, updated_ms, confirmed_lsn FROM sources WHERE name = ?";
        var rows = await Make(Sql, settings.Name)
            .AllAsync(static row => row.Columns.Select((name, index) => (name, value: row.GetInt64(index)))
                .ToDictionary(static pair => pair.name, static pair => pair.value, StringComparer.Ordinal), cancellation);
        return rows.Count > 0 ? rows[0] : new Dictionary<string, long>(StringComparer.Ordinal);
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private Statement Make(string sql, params ReadOnlySpan<SqlValue> values) => _database.Prepare(sql).AsIdempotent().Bind(values);
}

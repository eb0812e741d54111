using System.Text.Json;
using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Client.Rows;
using Shoal.Sync.Configuration;
using Shoal.Sync.State;

namespace Shoal.Sync.Queue;

/// <summary>The messages of a source that are not settled yet, in the sync's own database. What it has answered is durable.</summary>
/// <remarks>Thread: safe, also for several processes: who applies a message twice finds out at the tenant.</remarks>
internal sealed class QueueStore(ShoalClient client, SourceSettings settings)
{
    /// <summary>When a dead letter is due.</summary>
    private const long Never = long.MaxValue;

    /// <summary>Messages that are looked at to find tenants with work: the oldest ones.</summary>
    private const int WindowRows = 2_000;

    /// <summary>Of one batch of the outbox; a transaction may hold more.</summary>
    private const int MessagesPerBatch = 200;

    private readonly Database _database = client.Database(settings.StateDatabase, createIfMissing: true);

    public Task CreateAsync(CancellationToken cancellation) => _database.BatchAsync(
        [
            Make("CREATE TABLE IF NOT EXISTS queue_messages(seq INTEGER PRIMARY KEY AUTOINCREMENT, "
                + "tenant TEXT NOT NULL, tbl TEXT NOT NULL, "
                + "key TEXT NOT NULL, operation TEXT NOT NULL, data TEXT NOT NULL, version INTEGER, attempts INTEGER NOT NULL, "
                + "due_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT"),
            Make("CREATE INDEX IF NOT EXISTS queue_messages_due ON queue_messages(due_ms, tenant)"),
            Make("CREATE INDEX IF NOT EXISTS queue_messages_tenant ON queue_messages(tenant, seq)"),
            Make("CREATE TABLE IF NOT EXISTS queue_keys(tenant TEXT NOT NULL, key TEXT NOT NULL, at_ms INTEGER NOT NULL, "
                + "PRIMARY KEY(tenant, key)) STRICT, WITHOUT ROWID"),
            Make("CREATE TABLE IF NOT EXISTS queue_outbox(tenant TEXT PRIMARY KEY, lsn INTEGER NOT NULL, "
                + "n INTEGER NOT NULL) STRICT, WITHOUT ROWID"),
            Make("CREATE INDEX IF NOT EXISTS queue_keys_at ON queue_keys(at_ms)"),
        ], cancellation);

    /// <summary>Takes messages, all or none.</summary>
    /// <returns>Their places in the order; null for one whose idempotency key is known.</returns>
    public async Task<IReadOnlyList<long?>> AddAsync(
        IReadOnlyList<PushMessage> messages, DateTimeOffset now, CancellationToken cancellation)
    {
        // Sent again after a lost reply only where keys tell that it was taken before.
        var repeatable = messages.All(static message => message.IdempotencyKey is not null);
        var batch = new List<Statement>(messages.Count * 2);
        var inserts = new List<int>(messages.Count);
        foreach (var message in messages)
        {
            inserts.Add(batch.Count);
            Insert(batch, message, now, after: null, repeatable);
        }

        var results = await _database.BatchAsync(batch, cancellation);
        return [.. inserts.Select(index => results[index].Rows(static row => row.GetInt64(0)) is [var id] ? id : (long?)null)];
    }

    /// <summary>Takes the messages of a tenant that a transaction of PostgreSQL holds, unless they were taken before.</summary>
    /// <returns>How many were taken.</returns>
    public async Task<int> AddOnceAsync(string tenant, IReadOnlyList<PushMessage> messages, ulong lsn, DateTimeOffset now,
        CancellationToken cancellation)
    {
        var taken = 0;
        for (var from = 0; from < messages.Count; from += MessagesPerBatch)
        {
            // Later ones of the same transaction are told apart by their number in it.
            var batch = new List<Statement>();
            var some = messages.Skip(from).Take(MessagesPerBatch).ToList();
            foreach (var message in some)
            {
                Insert(batch, message, now, ((long)lsn, from), repeatable: true);
            }

            batch.Add(Make("INSERT INTO queue_outbox VALUES (?1, ?2, ?3) ON CONFLICT(tenant) "
                + "DO UPDATE SET lsn = excluded.lsn, n = excluded.n "
                + "WHERE (lsn, n) < (excluded.lsn, excluded.n)", tenant, (long)lsn, from));
            taken +=
                (await _database.BatchAsync(batch, cancellation)).Sum(static result => result.Rows(static row => row.GetInt64(0)).Count);
        }

        return taken;
    }

    /// <summary>A new slot begins: what was read from the one before does not come again.</summary>
    public Task ForgetOutboxAsync(CancellationToken cancellation) => Make("DELETE FROM queue_outbox").RunAsync(cancellation);

    /// <param name="batch">What it is added to.</param>
    /// <param name="message">The message.</param>
    /// <param name="now">When it came.</param>
    /// <param name="after">Only if nothing from there on was taken out of the tenant's outbox; null for a message that was pushed.</param>
    /// <param name="repeatable">Whether it may be sent again after a lost reply.</param>
    private void Insert(List<Statement> batch, PushMessage message, DateTimeOffset now, (long Lsn, int Number)? after, bool repeatable)
    {
        var insert = _database.Prepare("INSERT INTO queue_messages(tenant, tbl, key, operation, data, version, attempts, due_ms, at_ms) "
            + "SELECT ?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM queue_keys WHERE tenant = ?1 AND key = ?9) "
            + "AND (?10 IS NULL OR NOT EXISTS (SELECT 1 FROM queue_outbox WHERE tenant = ?1 AND (lsn, n) >= (?10, ?11))) RETURNING seq");
        batch.Add((repeatable ? insert.AsIdempotent() : insert).Bind(message.Tenant, message.Table, message.Key,
            Name(message.Operation), message.Data, message.Version, Milliseconds(now + message.Delay), Milliseconds(now),
            message.IdempotencyKey, after?.Lsn, after?.Number));
        if (message.IdempotencyKey is { } key)
        {
            batch.Add(Make("INSERT OR IGNORE INTO queue_keys VALUES (?, ?, ?)", message.Tenant, key, Milliseconds(now)));
        }
    }

    /// <summary>Tenants with messages that are due, and when the next message will be.</summary>
    /// <param name="now">What is due by then.</param>
    /// <param name="except">Tenants that are not asked for.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(IReadOnlyList<(string Tenant, long Count, DateTimeOffset Oldest)> Tenants, DateTimeOffset? Next)> PickAsync(
        DateTimeOffset now, IReadOnlyCollection<string> except, CancellationToken cancellation)
    {
        var results = await _database.BatchAsync(
            [
                Make("SELECT tenant, count(*), min(due_ms) FROM (SELECT "
                    + "tenant, due_ms FROM queue_messages WHERE due_ms <= ? AND tenant NOT IN "
                    + $"(SELECT value FROM json_each(?)) ORDER BY due_ms LIMIT {WindowRows}) GROUP BY tenant ORDER BY 3",
                    Milliseconds(now), Json(except)),
                Make("SELECT min(due_ms) FROM queue_messages WHERE due_ms > ? AND due_ms < ?", Milliseconds(now), Never),
            ], cancellation);
        return (results[0].Rows(static row => (row.GetString(0), row.GetInt64(1),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)))),
            results[1].Rows(static row => row.IsNull(0) ? (DateTimeOffset?)null
                : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0)))[0]);
    }

    /// <summary>A tenant's messages that are due, in order, and the first place of all it has.</summary>
    public async Task<(IReadOnlyList<StoredMessage> Messages, long First)> LoadAsync(string tenant, DateTimeOffset now, int limit,
        CancellationToken cancellation)
    {
        var results = await _database.BatchAsync(
            [
                Make("SELECT seq, tbl, key, operation, data, version, attempts FROM queue_messages WHERE tenant = ? AND due_ms <= ? "
                    + "ORDER BY seq LIMIT ?", tenant, Milliseconds(now), limit),
                Make("SELECT coalesce(min(seq), 0) FROM queue_messages WHERE tenant = ?", tenant),
            ], cancellation);
        return (results[0].Rows(Read), results[1].Rows(static row => row.GetInt64(0))[0]);
    }

    /// <summary>They are settled.</summary>
    public Task AckAsync(IEnumerable<StoredMessage> messages, CancellationToken cancellation) => Make(
        "DELETE FROM queue_messages WHERE seq IN (SELECT value FROM json_each(?))",
        JsonSerializer.Serialize(messages.Select(static message => message.Sequence))).RunAsync(cancellation);

    /// <summary>One was refused and is tried again at a time.</summary>
    public Task RetryAsync(StoredMessage message, DateTimeOffset due, CancellationToken cancellation) => Make(
        "UPDATE queue_messages SET attempts = ?, due_ms = ? WHERE seq = ?", message.Attempts + 1, Milliseconds(due), message.Sequence)
        .RunAsync(cancellation);

    /// <summary>One was given up: it stays, with its data, until somebody says what becomes of it.</summary>
    public Task BuryAsync(string tenant, StoredMessage message, string error, DateTimeOffset now, CancellationToken cancellation) =>
        _database.BatchAsync(
            [
                Make("UPDATE queue_messages SET attempts = ?, due_ms = ? WHERE seq = ?", message.Attempts + 1, Never, message.Sequence),
                Make("INSERT OR IGNORE INTO dead_letters(tenant, tbl, operation, key, error, lsn, at_ms) SELECT ?, ?, ?, ?, ?, ?6, ? "
                    + "WHERE EXISTS (SELECT 1 FROM queue_messages WHERE seq = ?6)", tenant, message.Table, Name(message.Operation),
                    message.Key, error, message.Sequence, Milliseconds(now)),
                Make("UPDATE tenants SET status = 'degraded', reason = ?, updated_ms = ? WHERE tenant = ? AND status = 'streaming'",
                    $"messages for {message.Table} were refused: {error}", Milliseconds(now), tenant),
            ], cancellation);

    /// <summary>Puts dead letters back into the queue, or lets go of them.</summary>
    /// <param name="letters">Their numbers in the list of dead letters; null for all.</param>
    /// <param name="due">When they are tried again; null to let go of them.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many.</returns>
    public async Task<long> SettleDeadAsync(IReadOnlyCollection<long>? letters, DateTimeOffset? due, CancellationToken cancellation)
    {
        const string Chosen = "SELECT d.lsn FROM dead_letters d JOIN queue_messages q ON q.seq = d.lsn AND q.due_ms = ?1 "
            + "AND q.tenant = d.tenant AND q.tbl = d.tbl AND q.key = d.key "
            + "WHERE (?2 IS NULL OR d.id IN (SELECT value FROM json_each(?2)))";
        var chosen = letters is null ? SqlValue.Null : Json(letters);
        var marked = (SqlValue)(due is { } time ? Milliseconds(time) : Never - 1);
        var results = await _database.BatchAsync(
            [
                Make($"UPDATE queue_messages SET attempts = 0, due_ms = ?3 WHERE seq IN ({Chosen})", Never, chosen, marked),

                Make("DELETE FROM queue_messages WHERE due_ms = ?", Never - 1),

                // Letters of the queue whose message is not dead any more. Those of a stream have other operations.
                Make("DELETE FROM dead_letters WHERE lsn NOT IN (SELECT seq FROM queue_messages WHERE due_ms = ?) "
                    + "AND operation IN ('upsert', 'update', 'delete')", Never),
                Make("DELETE FROM dead_letters WHERE ?1 AND operation = ?2 AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))",
                    due is null, StateStore.OutboxOperation, chosen),
                Make("UPDATE tenants SET status = 'streaming', reason = '' WHERE status = 'degraded' "
                    + "AND tenant NOT IN (SELECT tenant FROM dead_letters)"),
            ], cancellation);
        return results[0].Meta.Changes + results[3].Meta.Changes;
    }

    /// <summary>Messages that wait, and dead ones.</summary>
    public async Task<(long Waiting, long Dead)> CountAsync(CancellationToken cancellation) => await Make(
        "SELECT count(*), coalesce(sum(due_ms = ?), 0) FROM queue_messages", Never)
        .FirstAsync(static row => (row.GetInt64(0) - row.GetInt64(1), row.GetInt64(1)), cancellation);

    /// <summary>Forgets idempotency keys that are older.</summary>
    public Task ForgetKeysAsync(DateTimeOffset before, CancellationToken cancellation) =>
        Make("DELETE FROM queue_keys WHERE at_ms < ?", Milliseconds(before)).RunAsync(cancellation);

    private static string Name(PushOperation operation) => operation switch
    {
        PushOperation.Upsert => "upsert",
        PushOperation.Update => "update",
        PushOperation.Delete => "delete",
    };

    private static StoredMessage Read(RowReader row) => new(row.GetInt64(0), row.GetString(1), row.GetString(2),
        MessageReader.ParseOperation(row.GetString(3))!.Value, row.GetString(4), row.IsNull(5) ? null : row.GetInt64(5), row.GetInt32(6));

    private static string Json<T>(IReadOnlyCollection<T> values) => JsonSerializer.Serialize(values);

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private Statement Make(string sql, params ReadOnlySpan<SqlValue> values) => _database.Prepare(sql).AsIdempotent().Bind(values);
}

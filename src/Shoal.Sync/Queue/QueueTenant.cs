using System.Text.Json;
using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Sync.Apply;
using Shoal.Sync.Plan;
using Shoal.Sync.State;
using Shoal.Sync.Values;

namespace Shoal.Sync.Queue;

/// <summary>Applies messages to one tenant's database.</summary>
/// <remarks>
/// Thread: one call at a time. Invariant: the rows, which message each row was last changed by, and the tenant's position commit
/// together, and only if the position is the one that was read. So a message that comes again, in this process or another, finds
/// that it was applied, and an older one never goes over a newer one.
/// </remarks>
internal sealed class QueueTenant
{
    private const int ReasonLengthMax = 300;
    private const string VersionsName = "_sync_versions";

    private static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);

    /// <summary>Which message each row was last changed by; of deleted rows too.</summary>
    private static readonly TableSql Versions = new(VersionsName,
        [
            new ColumnPlan("tbl", new ValueRule(ValueForm.Text), IsKey: true),
            new ColumnPlan("key", new ValueRule(ValueForm.Text), IsKey: true),
            new ColumnPlan("version", new ValueRule(ValueForm.Integer), IsKey: false),
            new ColumnPlan("seq", new ValueRule(ValueForm.Integer), IsKey: false),
            new ColumnPlan("deleted", new ValueRule(ValueForm.Integer), IsKey: false),
            new ColumnPlan("at_ms", new ValueRule(ValueForm.Integer), IsKey: false),
        ], [0, 1], new Dictionary<string, string>(StringComparer.Ordinal));

    private readonly string _tenant;
    private readonly QueueContext _context;
    private readonly Database _database;
    private readonly BatchBuilder _builder;
    private bool _isOpen;
    private DateTimeOffset _forgot;

    public QueueTenant(string tenant, QueueContext context)
    {
        _tenant = tenant;
        _context = context;
        _database = context.Client.Database(context.Settings.DatabaseOf(tenant), createIfMissing: true);
        _builder = new BatchBuilder(_database);
    }

    private string Source => _context.Settings.Name + "/queue";

    /// <summary>
    /// Applies messages, in order. Those that are done are acknowledged; those that the database refuses are put back, or given up.
    /// </summary>
    /// <param name="messages">Messages that are due.</param>
    /// <param name="first">The first place of all messages that the tenant has in the queue.</param>
    /// <param name="cancellation">Ends the run; what was not acknowledged comes again.</param>
    /// <exception cref="ShoalException">The server can not be asked now: all come again.</exception>
    public async Task ApplyAsync(IReadOnlyList<StoredMessage> messages, long first, CancellationToken cancellation)
    {
        try
        {
            await CommitAsync(messages, first, cancellation);
        }
        catch (ShoalException error) when (!IsAway(error))
        {
            if (messages.Count > 1)
            {
                // One of them is at fault, or all; halves find out, and keep the order.
                var half = messages.Count / 2;
                await ApplyAsync([.. messages.Take(half)], first, cancellation);
                await ApplyAsync([.. messages.Skip(half)], first, cancellation);
                return;
            }

            await RefuseAsync(messages[0], error.Reason, cancellation);
            return;
        }
        catch (FormatException error)
        {
            // Only one message is read at a time in what follows.
            if (messages.Count > 1)
            {
                foreach (var message in messages)
                {
                    await ApplyAsync([message], first, cancellation);
                }

                return;
            }

            await RefuseAsync(messages[0], error.Message, cancellation);
            return;
        }

        using var change = _context.Counters.BeginChange();
        await _context.Store.AckAsync(messages, cancellation);
        _context.Counters.Ack(messages.Count);
    }

    /// <summary>Whether nobody is at fault but the server, or the way to it.</summary>
    public static bool IsAway(ShoalException error) => error.IsTransient || error.Kind == ShoalErrorKind.Unauthorized;

    private async Task CommitAsync(IReadOnlyList<StoredMessage> messages, long first, CancellationToken cancellation)
    {
        var wasOpen = _isOpen;
        while (true)
        {
            try
            {
                await OpenAsync(cancellation);
                if (await CommitOnceAsync(messages, first, cancellation))
                {
                    return;
                }

                _isOpen = false;
            }
            catch (ShoalException error) when (error.Reason.Contains(StateSql.Refusal, StringComparison.Ordinal))
            {
                // Another batch was first: one of an earlier run, or this very one, whose reply was lost. What it did is read anew.
                cancellation.ThrowIfCancellationRequested();
            }
            catch (ShoalException error) when (wasOpen && !IsAway(error))
            {
                // The database may have been deleted and be new.
                wasOpen = false;
                _isOpen = false;
            }
        }
    }

    /// <summary>Creates what is missing. Columns that the configuration has since then are added.</summary>
    private async Task OpenAsync(CancellationToken cancellation)
    {
        if (_isOpen)
        {
            return;
        }

        await _context.State.AddTenantAsync(_tenant, cancellation);
        List<Statement> batch = [_builder.Make(StateSql.Create), _builder.Make(Versions.Create)];
        var tables = _context.Tables.Values.ToList();
        batch.AddRange(tables.Select(table => _builder.Make(table.Sql.Create)));
        batch.Add(_builder.Make(StateSql.Insert, Source, "", 0));
        var asked = batch.Count;
        batch.AddRange(tables.Select(table => _builder.Make("SELECT name FROM pragma_table_info(?)", table.Name)));
        var results = await _database.BatchAsync(batch, cancellation);
        List<Statement> later = [];
        foreach (var (table, index) in tables.Select(static (table, index) => (table, index)))
        {
            var there = results[asked + index].Rows(static row => row.GetString(0)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            later.AddRange(table.Columns.Where(column => !there.Contains(column.Name)).Select(column => _builder.Make(
                $"ALTER TABLE {table.Sql.Name} ADD COLUMN {TableSql.Quote(column.Name)} {column.Type.SqliteType}")));
            later.AddRange(table.Sql.CreateIndexes().Select(sql => _builder.Make(sql)));
        }

        if (later.Count > 0)
        {
            await _database.BatchAsync(later, cancellation);
        }

        _isOpen = true;
    }

    /// <returns>False when the tenant has no position: the database is new.</returns>
    private async Task<bool> CommitOnceAsync(IReadOnlyList<StoredMessage> messages, long first, CancellationToken cancellation)
    {
        // Position and versions are of one moment; the batch is refused if the position has moved since.
        var keys = JsonSerializer.Serialize(messages.Select(static message => new[] { message.Table, message.Key }));
        var read = await _database.BatchAsync(
            [
                _builder.Make(StateSql.Read, Source),
                _builder.Make($"SELECT v.tbl, v.key, v.version, v.seq, v.deleted FROM json_each(?) j JOIN {VersionsName} v "
                    + "ON v.tbl = j.value ->> 0 AND v.key = j.value ->> 1", keys),
            ], cancellation);
        if (read[0].Rows(static row => row.GetInt64(0)) is not [var position])
        {
            return false;
        }

        var versions = new Dictionary<(string Table, string Key), RowVersion>();
        foreach (var (row, version) in read[1].Rows(static row => ((row.GetString(0), row.GetString(1)),
            new RowVersion(row.IsNull(2) ? null : row.GetInt64(2), row.GetInt64(3), row.GetInt64(4) != 0))))
        {
            versions[row] = version;
        }

        var (changes, touched) = Choose(messages, versions, out var applied);
        if (applied == 0)
        {
            _context.Counters.Commit(0, messages.Count, 0);
            return true;
        }

        var now = _context.Time.GetUtcNow();
        List<Statement> batch = [_builder.Make(StateSql.Advance, Source, position, position + 1, Source, now.ToUnixTimeMilliseconds())];
        foreach (var (table, one) in changes)
        {
            _builder.AddRows(batch, table.Sql, table.Keys, one.Values);
        }

        _builder.AddChunks(batch, [.. touched.Select(row => new SqlValue[]
        {
            row.Table, row.Key, versions[row].Version, versions[row].Sequence, versions[row].IsDeleted ? 1 : 0,
            now.ToUnixTimeMilliseconds(),
        })], Versions, keysOnly: false, Versions.Upsert);
        Forget(batch, now, first);
        var results = await _database.BatchAsync(batch, cancellation);
        _context.Counters.Commit(applied, messages.Count - applied, results.Sum(static result => result.Meta.RowsWritten));
        return true;
    }

    /// <summary>What becomes of which rows: messages in their order, without those that are older than what a row has.</summary>
    private (Dictionary<QueueTable, Dictionary<string, RowChange>> Changes, HashSet<(string Table, string Key)> Touched) Choose(
        IReadOnlyList<StoredMessage> messages, Dictionary<(string Table, string Key), RowVersion> versions, out int applied)
    {
        var changes = new Dictionary<QueueTable, Dictionary<string, RowChange>>();
        var touched = new HashSet<(string, string)>();
        applied = 0;
        foreach (var message in messages)
        {
            var row = (message.Table, message.Key);
            var version = versions.GetValueOrDefault(row, new RowVersion(null, 0, IsDeleted: false));
            if (!version.IsBefore(message))
            {
                continue;
            }

            if (!_context.Tables.TryGetValue(message.Table, out var table))
            {
                throw new FormatException($"the configuration has no table {message.Table} any more");
            }

            using var data = JsonDocument.Parse(message.Data);
            var (_, change) = table.Read(message.Operation, data.RootElement);
            if (!changes.TryGetValue(table, out var of))
            {
                changes[table] = of = new Dictionary<string, RowChange>(StringComparer.Ordinal);
            }

            // An update of a row that was just deleted changes nothing; the deletion must stay.
            var before = change.Kind == RowChangeKind.Update ? of.GetValueOrDefault(message.Key) : null;
            of[message.Key] = before is null ? change : before.Kind == RowChangeKind.Delete ? before : before.Then(change);

            versions[row] = version.After(message);
            touched.Add(row);
            applied++;
        }

        return (changes, touched);
    }

    /// <summary>
    /// Now and then: versions of deleted rows, and of rows without versions, that no message in the queue can be
    /// older than.
    /// </summary>
    private void Forget(List<Statement> batch, DateTimeOffset now, long first)
    {
        if (now - _forgot >= ForgetEvery)
        {
            _forgot = now;
            batch.Add(_builder.Make($"DELETE FROM {VersionsName} WHERE at_ms < ? AND seq < ? AND (deleted = 1 OR version IS NULL)",
                (now - _context.Queue.RememberDeleted).ToUnixTimeMilliseconds(), first));
        }
    }

    private async Task RefuseAsync(StoredMessage message, string reason, CancellationToken cancellation)
    {
        var why = reason.Length <= ReasonLengthMax ? reason : reason[..ReasonLengthMax] + "…";
        if (message.Attempts < _context.Queue.MaxRetries)
        {
            var wait = _context.Queue.RetryDelay * Math.Pow(2, Math.Min(message.Attempts, 30));
            wait = wait < Configuration.QueueSettings.DelayMax ? wait : Configuration.QueueSettings.DelayMax;
            await _context.Store.RetryAsync(message, _context.Time.GetUtcNow() + wait, cancellation);
            _context.Counters.Retry();
            SyncLog.MessageRefused(_context.Log, _tenant, message.Table, wait.TotalSeconds, why);
            return;
        }

        using (_context.Counters.BeginChange())
        {
            await _context.Store.BuryAsync(_tenant, message, why, _context.Time.GetUtcNow(), cancellation);
            _context.Counters.Bury();
        }

        SyncLog.DeadLetter(_context.Log, _tenant, message.Table, why);
    }
}

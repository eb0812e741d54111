using System.Security.Cryptography;
using Shoal.Client;
using Shoal.Client.Bulk;
using Shoal.Client.D1;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;

namespace Shoal.Sync.Apply;

/// <summary>Writes to one tenant's database. Every batch carries the position that it leads to.</summary>
/// <remarks>Thread: one call at a time.</remarks>
internal sealed class TenantWriter
{
    /// <summary>Merged changes of a batch. Units: bytes, estimated. A server takes requests of 16 MiB.</summary>
    public const long BatchBytesMax = 4 * 1024 * 1024;

    private const int ReasonLengthMax = 300;
    private const int FrameBytes = 1024;

    private static readonly StatementText Guard = new(StateSql.GuardCopy);

    private readonly string _tenant;
    private readonly LaneContext _context;
    private readonly Database _database;
    private readonly BatchBuilder _builder;

    /// <param name="tenant">The tenant.</param>
    /// <param name="context">What all tenants share.</param>
    /// <param name="database">Another database than the tenant's own; null for that.</param>
    public TenantWriter(string tenant, LaneContext context, string? database = null)
    {
        _tenant = tenant;
        _context = context;
        _database = context.Client.Database(database ?? context.Settings.DatabaseOf(tenant), createIfMissing: true);
        _builder = new BatchBuilder(_database);
    }

    /// <summary>Whether some of the rows may be at fault, so that the others could be stored.</summary>
    public static bool BlamesRows(ShoalException error) =>
        error.Kind is ShoalErrorKind.Constraint or ShoalErrorKind.Sql or ShoalErrorKind.InvalidRequest
        && !error.Reason.Contains("no such ", StringComparison.Ordinal)
        && !error.Reason.Contains("has no column", StringComparison.Ordinal)
        && !error.Reason.Contains(StateSql.Refusal, StringComparison.Ordinal);

    /// <summary>A reason as it is kept on record.</summary>
    public static string Short(string reason) => reason.Length <= ReasonLengthMax ? reason : reason[..ReasonLengthMax] + "…";

    private string Source => _context.Settings.Name;

    /// <summary>Creates the database and its tables where they are missing, and reads how far it is.</summary>
    public async Task<TenantState> OpenAsync(CancellationToken cancellation)
    {
        List<Statement> batch = [_builder.Make(StateSql.Create)];
        batch.AddRange(_context.Plan.Tables.Select(table => _builder.Make(table.Sql.Create)));
        batch.Add(_builder.Make(StateSql.Insert, Source, _context.Plan.SchemaHash, Now()));
        batch.Add(_builder.Make(StateSql.Read, Source));
        var results = await _database.BatchAsync(batch, cancellation);
        return results[^1].Rows(static row => new TenantState(row.GetInt64(0),
            row.IsNull(1) ? null : SourceSnapshot.Parse(row.GetString(1), (ulong)row.GetInt64(2)), row.GetString(3),
            row.GetInt64(4) != 0))[0];
    }

    /// <summary>Applies a segment, whatever it takes.</summary>
    /// <param name="state">How far the tenant is.</param>
    /// <param name="segment">What comes next.</param>
    /// <param name="stop">Ends the run, or gives the tenant up.</param>
    /// <returns>Null, or why the tenant must be copied again.</returns>
    /// <exception cref="PositionMovedException">A batch of an earlier run arrived late.</exception>
    public async Task<string?> WriteAsync(TenantState state, Segment segment, CancellationToken stop)
    {
        var wait = TimeSpan.FromMilliseconds(100);
        while (true)
        {
            try
            {
                await SendAsync(state, segment, stop);
                return null;
            }
            catch (ShoalException error) when (error.IsTransient || error.Kind == ShoalErrorKind.Unauthorized)
            {
                SyncLog.ServerAway(_context.Log, error.Reason);
                await Task.Delay(wait, stop);
                wait = TimeSpan.FromSeconds(Math.Min(2, wait.TotalSeconds * 2));
            }
            catch (ShoalException error) when (error.Reason.Contains(StateSql.Refusal, StringComparison.Ordinal))
            {
                // The reply to an earlier attempt may have been lost; its rows are there then.
                var now = await _context.PersistAsync(() => OpenAsync(stop));
                if (now.Position == (long)segment.LastLsn)
                {
                    return null;
                }

                throw new PositionMovedException(_tenant);
            }
            catch (ShoalException error)
            {
                if (await TakeRefusedOutAsync(segment, error, stop) is { } reason)
                {
                    return reason;
                }
            }
        }
    }

    private async Task SendAsync(TenantState state, Segment segment, CancellationToken stop)
    {
        List<Statement> batch =
            [_builder.Make(StateSql.Advance, Source, state.Position, (long)segment.LastLsn, Source, Now())];
        _builder.Add(batch, segment.Changes);
        await _database.BatchAsync(batch, stop);
    }

    /// <summary>Finds rows that are refused by batches that never commit, and puts them aside.</summary>
    /// <returns>Null when some were found; else why the whole tenant must be copied.</returns>
    private async Task<string?> TakeRefusedOutAsync(Segment segment, ShoalException error,
        CancellationToken stop)
    {
        var reason = Short(error.Reason);
        if (!BlamesRows(error))
        {
            return reason;
        }

        var found = 0;
        foreach (var (table, changes) in segment.Changes.Tables)
        {
            if (changes.Truncates || changes.Orphans.Count > 0)
            {
                // What rows collide with would be gone by then: single rows tell nothing.
                continue;
            }

            var rows = changes.Rows.ToList();
            var refused = new List<(KeyValuePair<string, RowChange> Row, string Reason)>();
            await ProbeAsync(table, rows, refused, stop);
            foreach (var (row, why) in refused)
            {
                if (++found > _context.Settings.Apply.MaxDeadLetters)
                {
                    return $"more than {_context.Settings.Apply.MaxDeadLetters} rows were refused: {why}";
                }

                SyncLog.DeadLetter(_context.Log, _tenant, table.Name, why);
                _context.Progress.Counters.DeadLetter();
                await _context.PersistAsync(() => _context.Store.AddDeadLetterAsync(_tenant, table.Name,
                    row.Value.Kind.ToString(), row.Key, why, segment.LastLsn, stop));
                changes.Rows.Remove(row.Key);
            }
        }

        return found > 0 ? null : reason;
    }

    private async Task ProbeAsync(TablePlan table, List<KeyValuePair<string, RowChange>> rows,
        List<(KeyValuePair<string, RowChange> Row, string Reason)> refused, CancellationToken stop)
    {
        if (rows.Count == 0 || refused.Count > _context.Settings.Apply.MaxDeadLetters)
        {
            return;
        }

        var batch = new List<Statement>();
        _builder.AddRows(batch, table, [.. rows.Select(static row => row.Value)]);
        batch.Add(_builder.Make(StateSql.Probe, Source));
        try
        {
            await _context.PersistAsync(() => _database.BatchAsync(batch, stop));
        }
        catch (ShoalException error) when (error.Reason.Contains(StateSql.Refusal, StringComparison.Ordinal))
        {
            // All before the probe passed.
            return;
        }
        catch (ShoalException error)
        {
            if (rows.Count == 1)
            {
                refused.Add((rows[0], Short(error.Reason)));
                return;
            }
        }

        var middle = rows.Count / 2;
        await ProbeAsync(table, rows[..middle], refused, stop);
        await ProbeAsync(table, rows[middle..], refused, stop);
    }

    /// <summary>Makes the tables ready for a copy, and takes the right to write from any other copy.</summary>
    /// <param name="token">Positive, and no other copy's.</param>
    /// <param name="aside">Whether rows go aside first, because readers see the tables.</param>
    /// <param name="cancellation">Ends the run.</param>
    public Task BeginCopyAsync(long token, bool aside, CancellationToken cancellation)
    {
        List<Statement> batch = [_builder.Make(StateSql.BeginCopy, token, Source)];
        foreach (var table in _context.Plan.Tables)
        {
            batch.Add(_builder.Make(table.Sql.DropStage));
            batch.Add(_builder.Make(aside ? table.Sql.CreateStage : $"DELETE FROM {table.Sql.Name}"));
        }

        return _database.BatchAsync(batch, cancellation);
    }

    /// <summary>Writes rows of a copy, all or none; refused when another copy has begun since.</summary>
    /// <param name="token">The copy's.</param>
    /// <param name="parts">Runs of rows, each with its first row and the one after its last.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task CopyAsync(long token, IReadOnlyList<(RowBlock<SqlValue[]> Block, int From, int To)> parts,
        CancellationToken cancellation)
    {
        var bytes = parts.Sum(static part => part.Block.BytesOf(part.From, part.To));
        var batch = _database.Client.Channel.NewBatch(isSingle: false, FrameBytes + (bytes * 5 / 4));
        batch.Add(Guard, [token, Source]);
        foreach (var (block, from, to) in parts)
        {
            block.WriteTo(batch, from, to);
        }

        // Rows that are there already are left as they are, so it may be sent again.
        using var reply = await _database.RunAsync(batch, repeatable: true, scope: default, cancellation);
    }

    /// <summary>Puts a copy in place and says what it has seen, in one batch.</summary>
    public async Task<TenantState> FinishCopyAsync(long token, bool aside, bool rebuild, SourceSnapshot snapshot,
        CancellationToken cancellation)
    {
        List<Statement> batch = [_builder.Make(StateSql.GuardCopy, token, Source)];
        if (aside)
        {
            foreach (var table in _context.Plan.Tables)
            {
                var place = rebuild ? table.Sql.RebuildFromStage() : table.Sql.ReplaceByStage();
                batch.AddRange(place.Select(sql => _builder.Make(sql)));
                batch.Add(_builder.Make(table.Sql.DropStage));
            }
        }

        batch.AddRange(_context.Plan.Tables.SelectMany(static table => table.Sql.CreateIndexes()).Select(sql => _builder.Make(sql)));
        batch.Add(_builder.Make(StateSql.Finish, -token, snapshot.Text, (long)snapshot.Lsn, _context.Plan.SchemaHash, Now(), Source));
        await _database.BatchAsync(batch, cancellation);
        return new TenantState(-token, snapshot, _context.Plan.SchemaHash, IsCopied: true);
    }

    /// <summary>Writes what a tenant lacks to be as PostgreSQL is at one moment, and says so, in one batch.</summary>
    /// <param name="state">How far the tenant is.</param>
    /// <param name="tables">What it lacks.</param>
    /// <param name="snapshot">
    /// What has been seen; null when that is not all tables. Then the position stays, and what the stream brings that was seen is applied
    /// over it once more, which ends in the same rows.
    /// </param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>How the tenant is now, and the rows and index entries that were written, as metered.</returns>
    public async Task<(TenantState State, long RowsWritten)> PatchAsync(TenantState state,
        IReadOnlyList<(TablePlan Table, List<RowChange> Changes)> tables, SourceSnapshot? snapshot, CancellationToken cancellation)
    {
        var position = snapshot is null ? state.Position
            : -RandomNumberGenerator.GetInt32(1, int.MaxValue) * (long)RandomNumberGenerator.GetInt32(1, int.MaxValue);
        List<Statement> batch = [_builder.Make(StateSql.Advance, Source, state.Position, position, Source, Now())];
        foreach (var (table, changes) in tables)
        {
            _builder.AddRows(batch, table, changes);
        }

        var after = state;
        if (snapshot is not null)
        {
            batch.Add(_builder.Make(StateSql.Finish, position, snapshot.Text, (long)snapshot.Lsn, _context.Plan.SchemaHash, Now(), Source));
            after = new TenantState(position, snapshot, _context.Plan.SchemaHash, IsCopied: true);
        }

        try
        {
            var results = await _database.BatchAsync(batch, cancellation);
            return (after, results.Sum(static result => result.Meta.RowsWritten));
        }
        catch (ShoalException error) when (error.Reason.Contains(StateSql.Refusal, StringComparison.Ordinal))
        {
            // Sent twice, because the first reply was lost? Then it is there; what it wrote is not known.
            if ((await OpenAsync(cancellation)).Position == position)
            {
                return (after, tables.Sum(static one => one.Changes.Count));
            }

            throw new PositionMovedException(_tenant);
        }
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}

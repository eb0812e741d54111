using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;
using NpgsqlTypes;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;

namespace Shoal.Sync.Streaming;

/// <summary>Reads the slot, takes transactions apart and hands them to the tenants, in the order of their commits.</summary>
internal sealed class ReplicationStream(SourceSettings settings, SourceServer server, LaneContext context, TenantDirectory directory,
    StateStore store, ILogger log, Outbox? outbox = null)
{
    private readonly TransactionRouter _router = new(context, directory, new RowFetcher(server, context.Commits));
    private readonly Dictionary<uint, RelationPlan?> _relations = [];
    private volatile bool _inTransaction;
    private ulong _confirmed;

    /// <summary>Streams until it is cancelled or breaks.</summary>
    public async Task RunAsync(LogicalReplicationConnection connection, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        SyncLog.Streaming(log, settings.Name, settings.Slot);
        var reading = ReadAsync(connection, ending.Token);
        var confirming = ConfirmAsync(connection, ending.Token);
        var first = await Task.WhenAny(reading, confirming, context.Failed);
        await ending.CancelAsync();
        await Task.WhenAny(Task.WhenAll(reading, confirming), Task.Delay(TimeSpan.FromSeconds(10), CancellationToken.None));
        await first;
    }

    private async Task ReadAsync(LogicalReplicationConnection connection, CancellationToken cancellation)
    {
        var options = new PgOutputReplicationOptions(settings.Publication, PgOutputProtocolVersion.V1,
            messages: outbox is not null ? true : null);
        var slot = new PgOutputReplicationSlot(settings.Slot);
        SourceTransaction? transaction = null;
        await foreach (var message in connection.StartReplication(slot, options, cancellation))
        {
            switch (message)
            {
                case BeginMessage begin:
                    _inTransaction = true;
                    _router.Parts.Clear();
                    outbox?.Clear();
                    _router.CommitLsn = (ulong)begin.TransactionFinalLsn;
                    context.Commits.Add(begin.TransactionXid);
                    transaction = new SourceTransaction(begin.TransactionXid, (ulong)begin.TransactionFinalLsn, 0,
                        new DateTimeOffset(begin.TransactionCommitTimestamp, TimeSpan.Zero));
                    break;
                case CommitMessage commit:
                    await HandOverAsync(new SourceTransaction(transaction!.Xid, transaction.CommitLsn, (ulong)commit.TransactionEndLsn,
                        transaction.Committed));
                    _inTransaction = false;
                    await WaitForRoomAsync(cancellation);
                    break;
                case LogicalDecodingMessage emitted when outbox is not null && emitted.Prefix == settings.Queue?.OutboxPrefix:
                    await TakeAsync(emitted, outbox, cancellation);
                    break;
                case RelationMessage relation:
                    await AnnounceAsync(relation, cancellation);
                    break;
                case InsertMessage insert:
                    await InsertAsync(insert, cancellation);
                    break;
                case UpdateMessage update:
                    await UpdateAsync(update, cancellation);
                    break;
                case KeyDeleteMessage delete:
                    await DeleteAsync(delete.Relation, delete.Key, cancellation);
                    break;
                case FullDeleteMessage delete:
                    await DeleteAsync(delete.Relation, delete.OldRow, cancellation);
                    break;
                case TruncateMessage truncate:
                    foreach (var relation in truncate.Relations)
                    {
                        if (_relations.GetValueOrDefault(relation.RelationId) is { } plan)
                        {
                            _router.Truncate(plan);
                        }
                    }

                    break;
            }
        }
    }

    private async ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        var waiting = context.Progress.WaitForRoomAsync(cancellation);
        if (!waiting.IsCompleted)
        {
            var began = Stopwatch.GetTimestamp();
            await waiting;
            context.Progress.Counters.HoldBack(Stopwatch.GetElapsedTime(began));
        }
    }

    private async Task TakeAsync(LogicalDecodingMessage emitted, Outbox outbox, CancellationToken cancellation)
    {
        using var data = new MemoryStream();
        await emitted.Data.CopyToAsync(data, cancellation);
        if (_inTransaction)
        {
            outbox.Read(data.ToArray());
        }
        else
        {
            await outbox.RefuseAsync(data.ToArray(), (ulong)emitted.MessageLsn);
        }
    }

    private async Task AnnounceAsync(RelationMessage relation, CancellationToken cancellation)
    {
        // By its number first: the stream gives the name that it had then, and it may have had another for a while.
        var table = context.Plan.Tables.FirstOrDefault(one => one.Source.Oid == relation.RelationId)
            ?? context.Plan.Tables.FirstOrDefault(one =>
                one.Source.Schema == relation.Namespace && one.Source.Name == relation.RelationName);
        if (table is null)
        {
            _relations[relation.RelationId] = null;
            return;
        }

        // A relation is announced once, and again whenever the table was altered. What the plan was made of must still be there;
        // an announcement older than the plan's catalog belongs to rows that a copy has, which are skipped.
        await using (var connection = await server.OpenAsync(cancellation))
        {
            var now = await SourceCatalog.FindAsync(connection, table.Source.Schema, table.Source.Name, cancellation);
            if (now is null || !now.IsAs(table.Source))
            {
                throw new SchemaChangedException(table.Settings.FullName);
            }
        }

        var plan = new RelationPlan(table, relation)
        {
            IsParent = context.Plan.Tables.Any(one => one.Route.Kind == RouteKind.Lookup && one.Route.Parent == table.Settings.FullName),
        };
        _relations[relation.RelationId] = plan;
        _router.Announce(plan);
    }

    private async ValueTask InsertAsync(InsertMessage insert, CancellationToken cancellation)
    {
        if (_relations.GetValueOrDefault(insert.Relation.RelationId) is { } plan)
        {
            await _router.InsertAsync(plan, await ReadAsync(insert.NewRow, plan, cancellation), cancellation);
        }
    }

    private async ValueTask UpdateAsync(UpdateMessage update, CancellationToken cancellation)
    {
        if (_relations.GetValueOrDefault(update.Relation.RelationId) is not { } plan)
        {
            return;
        }

        var old = update switch
        {
            FullUpdateMessage full => await ReadAsync(full.OldRow, plan, cancellation),
            IndexUpdateMessage index => await ReadAsync(index.Key, plan, cancellation),
            _ => null,
        };
        await _router.UpdateAsync(plan, old, await ReadAsync(update.NewRow, plan, cancellation), cancellation);
    }

    private async ValueTask DeleteAsync(RelationMessage relation, ReplicationTuple tuple, CancellationToken cancellation)
    {
        if (_relations.GetValueOrDefault(relation.RelationId) is { } plan)
        {
            await _router.DeleteAsync(plan, await ReadAsync(tuple, plan, cancellation), cancellation);
        }
    }

    private static async ValueTask<string?[]> ReadAsync(ReplicationTuple tuple, RelationPlan plan, CancellationToken cancellation)
    {
        var row = new string?[plan.Width];
        var index = 0;
        await foreach (var value in tuple.WithCancellation(cancellation))
        {
            row[index++] = value.IsDBNull ? null : value.IsUnchangedToastedValue ? SourceRow.Unchanged
                : await value.Get<string>(cancellation);
        }

        return row;
    }

    private async Task HandOverAsync(SourceTransaction transaction)
    {
        context.Progress.Begin(transaction);
        var parts = _router.Parts;
        context.Progress.Counters.TransactionRows.Add(parts.Rows);
        if (parts.IsGivenUp)
        {
            foreach (var tenant in parts.Tenants.Keys)
            {
                await (await directory.GetAsync(tenant)).GiveUpAsync(parts.IsHidden
                    ? "PostgreSQL did not show a commit that it had sent" : "a transaction was too large to hold");
            }
        }
        else if (parts.Givers.Count == 0)
        {
            foreach (var (tenant, changes) in parts.Tenants)
            {
                _ = (await directory.GetAsync(tenant)).Add(transaction, changes);
            }
        }
        else
        {
            await HandOverMovesAsync(transaction, parts);
        }

        if (outbox is not null)
        {
            await outbox.HandOverAsync(transaction);
        }

        context.Progress.Close(transaction);
    }

    /// <summary>
    /// Rows arrive before they leave, so that nobody misses one. A tenant that only gives waits for those that receive; they
    /// never wait, and all these segments end here, so nobody waits in a circle.
    /// </summary>
    private async Task HandOverMovesAsync(SourceTransaction transaction, TransactionParts parts)
    {
        var arrivals = new List<Task>();
        foreach (var tenant in parts.Receivers.Where(parts.Tenants.ContainsKey))
        {
            arrivals.Add((await directory.GetAsync(tenant)).Add(transaction, parts.Tenants[tenant], seal: true));
        }

        var arrived = Task.WhenAll(arrivals);
        foreach (var (tenant, changes) in parts.Tenants.Where(one => !parts.Receivers.Contains(one.Key)))
        {
            var gives = parts.Givers.Contains(tenant);
            _ = (await directory.GetAsync(tenant)).Add(transaction, changes, gives ? arrived : null, seal: gives);
        }
    }

    /// <summary>Tells PostgreSQL what is durable. On record here first: a slot that is ahead of the record is not ours.</summary>
    private async Task ConfirmAsync(LogicalReplicationConnection connection, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(settings.Apply.StatusInterval);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            await ConfirmOnceAsync(connection, cancellation);
        }
    }

    private async Task ConfirmOnceAsync(LogicalReplicationConnection connection, CancellationToken cancellation)
    {
        // Read first: if nothing is on its way afterwards, all before it has been applied or does not concern us.
        var received = (ulong)connection.LastReceivedLsn;
        var isIdle = !_inTransaction && context.Progress.IsIdle;
        var confirmed = Math.Max(context.Progress.Confirmed, isIdle ? received : 0);
        if (confirmed > _confirmed)
        {
            await context.PersistAsync(() =>
                store.SavePositionAsync(confirmed, context.Progress.Counters, context.Progress.Lag, cancellation));
            _confirmed = confirmed;
            context.Progress.Recorded = confirmed;
            connection.SetReplicationStatus(new NpgsqlLogSequenceNumber(confirmed));
            await connection.SendStatusUpdate(cancellation);
        }
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Npgsql.Replication;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Copying;
using Shoal.Sync.Jobs;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.Queue;
using Shoal.Sync.State;
using Shoal.Sync.Streaming;
using Shoal.Sync.Verification;

namespace Shoal.Sync;

/// <summary>Keeps the tenants' databases of one source as PostgreSQL has them, until it is stopped.</summary>
/// <remarks>
/// Invariant: the position of a tenant commits with its rows, and nothing is confirmed to PostgreSQL before all tenants have it;
/// so a kill at any moment loses nothing and doubles nothing.
/// </remarks>
public sealed class SyncSource(SourceSettings settings, ShoalClient client, ILogger? logger = null, SyncQueue? queue = null)
{
    private const string Copying = "copying";
    private const string Streaming = "streaming";

    private static readonly TimeSpan SlotNotice = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PausePoll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BlockedWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = logger ?? NullLogger.Instance;
    private readonly StateStore _store = new(client, settings);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StreamedCommits _commits = new(settings.Apply.CommitWait);
    private Progress _progress = new(settings.Apply.MaxPendingRows);
    private TimeSpan _blocked = BlockedWait;
    private TenantDirectory? _directory;
    private ulong _began;
    private volatile bool _isStreaming;

    public string Name => settings.Name;

    /// <summary>Whether it reads the stream now.</summary>
    public bool IsStreaming => _isStreaming;

    /// <summary>Changes in memory that are not durable yet.</summary>
    public long PendingRows => _progress.PendingRows;

    /// <summary>What this run has done.</summary>
    public SyncCounters Counters => _progress.Counters;

    /// <summary>Times that reading waited until PostgreSQL showed the commits that it had sent.</summary>
    public long CommitWaits => _commits.Waits;

    /// <summary>What jobs have done in this run.</summary>
    public JobCounters Jobs { get; } = new();

    /// <summary>From commit in PostgreSQL to durable at the tenant, of the newest transaction.</summary>
    public TimeSpan Lag => _progress.Lag;

    /// <summary>The part of the log that PostgreSQL may keep for the slot which is left; null before anybody has looked.</summary>
    public double? LogLeft => Counters.Slot is { } slot ? settings.WalBudget.LeftOf(slot.RetainedBytes, slot.SafeBytes) : null;

    /// <summary>How many tenants are in which state; empty before the first run.</summary>
    internal IEnumerable<(string State, int Count)> TenantStates
    {
        get
        {
            var lanes = _directory?.Opened.ToList() ?? [];
            var held = lanes.Count(static lane => lane.IsHeld);
            var waiting = lanes.Count(static lane => lane.NeedsResync);
            return [("copying", held), ("needsResync", waiting), ("streaming", (_directory?.Count ?? 0) - held - waiting)];
        }
    }

    /// <summary>Tenants that something has come for in this run; of the others nothing but the name is known.</summary>
    internal int OpenTenants => _directory?.Opened.Count() ?? 0;

    /// <summary>Ends when the stream has begun for the first time.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Up to here everything is durable at the tenants and on record.</summary>
    public ulong Confirmed => Math.Max(_progress.Recorded, Volatile.Read(ref _began));

    /// <summary>Runs until it is cancelled.</summary>
    /// <exception cref="SyncException">It can not go on; the hint says what to do.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var wait = TimeSpan.FromMilliseconds(200);
        while (true)
        {
            try
            {
                await RunOnceAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (SlotGivenUpException)
            {
                await DropSlotAsync(onlyExhausted: false, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (SyncPausedException)
            {
                SyncLog.Paused(_log, settings.Name);
                await ResumedAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                SyncLog.Resumed(_log, settings.Name);
            }
            catch (SyncException error) when (Ready.IsCompletedSuccessfully)
            {
                // It has run: somebody is altering tables, or has to do something. Others' work is not ended by that.
                SyncLog.Blocked(_log, settings.Name, error.Message, error.Hint ?? "");
                await Task.Delay(_blocked, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await DropSlotAsync(onlyExhausted: true, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _blocked = TimeSpan.FromSeconds(Math.Min(5, _blocked.TotalSeconds * 2));
            }
            catch (SchemaChangedException error)
            {
                SyncLog.StreamBroke(_log, settings.Name, error.Message);
                continue;
            }
            catch (Exception error) when (LostConnection.Is(error) || error is OperationCanceledException
                or PositionMovedException or CommitHiddenException or ShoalException { IsTransient: true })
            {
                if (error is PostgresException { SqlState: "28P01" or "28000" or "3D000" or "42501" } refused)
                {
                    throw new SyncException($"PostgreSQL refuses: {refused.MessageText}", "check the connection and the role", error);
                }

                SyncLog.StreamBroke(_log, settings.Name, error.Message);
                Counters.Reconnect();
                await DropSlotAsync(onlyExhausted: true, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await Task.Delay(wait, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wait = Ready.IsCompleted ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(Math.Min(5, wait.TotalSeconds * 2));
            }
        }
    }

    /// <summary>Waits until nobody wants a pause any more, or until it is cancelled.</summary>
    private async Task ResumedAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(PausePoll, cancellation);
            await DropSlotAsync(onlyExhausted: true, cancellation);
            try
            {
                if (!await _store.IsPausedAsync(cancellation))
                {
                    return;
                }
            }
            catch (ShoalException error) when (error.IsTransient)
            {
                SyncLog.ServerAway(_log, error.Reason);
            }
        }
    }

    /// <summary>Drops the slot where the settings want that: PostgreSQL lets go of its log, and the next run copies all tenants.</summary>
    private async Task DropSlotAsync(bool onlyExhausted, CancellationToken cancellation)
    {
        if (!settings.WalBudget.DropsSlot)
        {
            return;
        }

        try
        {
            await using var server = new SourceServer(settings);
            var slot = await server.FindSlotAsync(cancellation);
            if (slot is not null && (!onlyExhausted || (!slot.IsActive
                && 100 * settings.WalBudget.LeftOf(slot.RetainedBytes, slot.SafeBytes) < settings.WalBudget.DropPercent)))
            {
                await RecreateAsync(server, slot, cancellation);
                SyncLog.SlotDropped(_log, settings.Name);
            }
        }
        catch (Exception error) when (LostConnection.Is(error) || error is SyncException)
        {
            SyncLog.StreamBroke(_log, settings.Name, error.Message);
        }
    }

    private async Task RunOnceAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var server = new SourceServer(settings);
        await _store.CreateAsync(cancellation);
        await (queue is null ? Task.CompletedTask : new QueueStore(client, settings).CreateAsync(cancellation));
        if (await _store.IsPausedAsync(cancellation))
        {
            throw new SyncPausedException();
        }

        var plan = await PlanAsync(server, cancellation);
        _progress = new Progress(settings.Apply.MaxPendingRows, _progress.Counters);
        using var context = new LaneContext(settings, plan, client, _store, _progress, _commits, _log, ending.Token);
        await SeeAllAsync(server, cancellation);
        var directory = new TenantDirectory(context);
        var connection = new LogicalReplicationConnection(settings.Connection)
        {
            WalReceiverStatusInterval = TimeSpan.FromSeconds(1),
        };
        try
        {
            await connection.Open(cancellation);
            var system = await connection.IdentifySystem(cancellation);
            await PrepareAsync(server, context, directory, system, cancellation);
            _directory = directory;
            _blocked = BlockedWait;
            var resyncing = new Resyncer(server, context, directory, _store, _log).RunAsync(ending.Token);
            var outbox = queue is null ? null : new Outbox(context, directory, _store, queue);
            var streaming = new ReplicationStream(settings, server, context, directory, _store, _log, outbox)
                .RunAsync(connection, ending.Token);
            var watching = new SlotWatch(settings, server, context, directory, _log).RunAsync(ending.Token);
            var planning = new PlanWatch(settings, server, plan).RunAsync(ending.Token);
            var verifying = new VerifySchedule(settings, server, context, directory, _log).RunAsync(ending.Token);
            var working = new JobRunner(settings, server, client, context, directory, Jobs, _log).RunAsync(ending.Token);
            _isStreaming = true;
            _ready.TrySetResult();
            try
            {
                await await Task.WhenAny(streaming, resyncing, watching, planning, verifying, working);
            }
            finally
            {
                _isStreaming = false;
                await ending.CancelAsync();
                await Task.WhenAll(streaming, resyncing, watching, planning, verifying, working)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await ending.CancelAsync();
            await directory.StopAsync();
            await CloseAsync(connection);
        }
    }

    /// <summary>What an earlier run has applied is to be seen by this one, whose first questions may be about it.</summary>
    private async Task SeeAllAsync(SourceServer server, CancellationToken cancellation)
    {
        try
        {
            await _commits.ShowAsync(server, cancellation);
        }
        catch (CommitHiddenException error)
        {
            SyncLog.CommitHidden(_log, settings.Name, error.Message);
        }
    }

    /// <summary>Closing talks to a server that may be gone without a word.</summary>
    private async Task CloseAsync(LogicalReplicationConnection connection)
    {
        var closing = connection.DisposeAsync().AsTask();
        if (await Task.WhenAny(closing, Task.Delay(CloseTimeout, CancellationToken.None)) == closing
            && closing.Exception?.InnerException is { } error)
        {
            SyncLog.ClosingFailed(_log, settings.Name, error.Message);
        }
    }

    private async Task<SyncPlan> PlanAsync(SourceServer server, CancellationToken cancellation)
    {
        var builder = new PlanBuilder(settings, server);
        var plan = await builder.BuildAsync(cancellation);
        return builder.Problems.FirstOrDefault(static problem => problem.IsFatal) is not { } problem ? plan
            : throw new SyncException($"{problem.Subject}: {problem.Message}",
                problem.Fix is null ? "`shoal sync check` lists all that is missing" : "run in PostgreSQL: " + problem.Fix);
    }

    /// <summary>Makes sure that slot and record belong together; copies all tenants where they do not.</summary>
    private async Task PrepareAsync(SourceServer server, LaneContext context, TenantDirectory directory,
        ReplicationSystemIdentification system, CancellationToken cancellation)
    {
        var state = await _store.FindSourceAsync(cancellation);
        if (state is not null && state.SystemId != system.SystemId)
        {
            throw new SyncException(
                $"the connection leads to another PostgreSQL cluster ({system.SystemId}) than before ({state.SystemId})",
                $"check the connection; to take the new one, delete the database {settings.StateDatabase} and run again: all tenants are "
                + "copied anew");
        }

        var slot = await server.FindSlotAsync(cancellation);
        var reason = state is null ? "first run"
            : state.Phase == Copying ? "the last copy did not end"
            : slot is null ? "the slot is gone"
            : slot.Status == "lost" ? "PostgreSQL has removed log that the slot needs"
            : state.Timeline != system.Timeline ? "PostgreSQL was restored or failed over"
            : state.Slot != settings.Slot ? "the slot has another name"
            : slot.Confirmed > state.ConfirmedLsn ? "the slot was read or made anew by somebody else"
            : null;
        if (state?.Timeline != system.Timeline)
        {
            // What another timeline has sent may be gone in this one.
            _commits.Clear();
        }

        Volatile.Write(ref _began, reason is null ? state!.ConfirmedLsn : 0);
        if (reason is null)
        {
            await KnowTenantsAsync(context, directory, cancellation);
            if (state!.SchemaHash != context.Plan.SchemaHash)
            {
                await _store.SaveSourceAsync(state with { SchemaHash = context.Plan.SchemaHash }, cancellation);
            }

            return;
        }

        if (slot is not null && (slot.Status == "lost" || settings.CreateSlot))
        {
            slot = await RecreateAsync(server, slot, cancellation);
        }

        await CopyAllAsync(server, context, directory, system, slot, reason, cancellation);
    }

    /// <summary>
    /// Names all tenants, and opens those that may need a copy: no copy of them with these tables is on record, or their database is gone.
    /// </summary>
    private async Task KnowTenantsAsync(LaneContext context, TenantDirectory directory, CancellationToken cancellation)
    {
        var tenants = (await _store.ListTenantsAsync(cancellation)).Select(static one => one.Tenant).ToList();
        directory.Know(tenants);
        var copied = await _store.ListCopiedAsync(context.Plan.SchemaHash, cancellation);
        if (await ListDatabasesAsync(cancellation) is { } databases)
        {
            copied.RemoveWhere(tenant => !databases.Contains(settings.DatabaseOf(tenant)));
        }

        await directory.OpenAsync(tenants.Where(tenant => !copied.Contains(tenant)));
    }

    /// <returns>Databases of this server that may be tenants'; null when it does not say which it has.</returns>
    private async Task<HashSet<string>?> ListDatabasesAsync(CancellationToken cancellation)
    {
        try
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            var part = settings.DatabaseName.Split("{tenant}").MaxBy(static text => text.Length)!;
            await foreach (var database in client.ListDatabasesAsync(part, cancellation))
            {
                names.Add(database.Name);
            }

            return names;
        }
        catch (ShoalException error) when (!error.IsTransient)
        {
            // A token that may not list. Then what is gone shows with the tenant's next change.
            return null;
        }
    }

    private static async Task<SlotInfo?> RecreateAsync(SourceServer server, SlotInfo slot, CancellationToken cancellation)
    {
        // Whoever read it may have been killed a moment ago.
        for (var attempt = 0; slot.IsActive && attempt < 50; attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            slot = await server.FindSlotAsync(cancellation) ?? slot with { IsActive = false };
        }

        if (slot.IsActive)
        {
            throw new SyncException("the slot is being read by somebody else", "stop the other sync; only one may run for a source");
        }

        await server.DropSlotAsync(cancellation);
        return null;
    }

    private async Task CopyAllAsync(SourceServer server, LaneContext context, TenantDirectory directory,
        ReplicationSystemIdentification system, SlotInfo? slot, string reason, CancellationToken cancellation)
    {
        SyncLog.CopyBegins(_log, settings.Name, reason);
        var state = new SourceState(system.SystemId, system.Timeline, settings.Slot, 0, Copying, context.Plan.SchemaHash);
        await _store.SaveSourceAsync(state, cancellation);
        await PublishAsync(server, cancellation);
        if (slot is null && !settings.CreateSlot)
        {
            throw new SyncException($"the slot {settings.Slot} does not exist",
                $"run in PostgreSQL: SELECT pg_create_logical_replication_slot('{settings.Slot}', 'pgoutput');");
        }

        if (slot is null && queue is not null)
        {
            await new QueueStore(client, settings).ForgetOutboxAsync(cancellation);
        }

        // The publication before the slot, the slot before the snapshot: what commits between is in both, and skipped.
        if (slot is null)
        {
            // A new slot waits for all that is under way.
            _commits.Clear();
        }

        var begins = slot?.Confirmed ?? await CreateSlotAsync(server, cancellation);
        await _commits.ShowAsync(server, cancellation);
        directory.IsCopyingAll = true;
        if (settings.TenantsQuery is { } query)
        {
            var named = await server.TextsAsync(query, cancellation);
            await _store.AddTenantsAsync([.. named.Distinct(StringComparer.Ordinal)], cancellation);
        }

        directory.Know((await _store.ListTenantsAsync(cancellation)).Select(static one => one.Tenant));

        var copier = new TenantCopier(server, context, directory);
        var (rows, tenants) = await copier.CopyAllAsync(cancellation);
        directory.IsCopyingAll = false;
        await _store.SaveSourceAsync(state with { ConfirmedLsn = begins, Phase = Streaming }, cancellation);
        Volatile.Write(ref _began, begins);
        SyncLog.CopyEnds(_log, settings.Name, rows, tenants);
    }

    /// <summary>A new slot waits for all transactions that run; one that was forgotten open would hold it up for ever.</summary>
    private async Task<ulong> CreateSlotAsync(SourceServer server, CancellationToken cancellation)
    {
        var creating = server.CreateSlotAsync(cancellation);
        while (await Task.WhenAny(creating, Task.Delay(SlotNotice, cancellation)) != creating && !cancellation.IsCancellationRequested)
        {
            if (await server.FindOldestTransactionAsync(cancellation) is { } oldest)
            {
                SyncLog.SlotWaits(_log, settings.Name, oldest);
            }
        }

        return await creating;
    }

    private async Task PublishAsync(SourceServer server, CancellationToken cancellation)
    {
        var found = await server.TextsAsync(
            $"SELECT pubname::text FROM pg_publication WHERE pubname = {SourceTable.Literal(settings.Publication)}", cancellation);
        if (found.Count == 0)
        {
            await server.ExecuteAsync(PlanBuilder.CreatePublicationSql(settings), cancellation);
        }
    }
}

using Npgsql;
using Shoal.Client;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.Queue;
using Shoal.Sync.State;

namespace Shoal.Sync;

/// <summary>Answers questions about a source without synchronising anything.</summary>
/// <remarks>Errors: <see cref="SyncException"/> when PostgreSQL can not be reached, <see cref="ShoalException"/> of the server.</remarks>
public sealed class SyncInspector(SourceSettings settings)
{
    /// <summary>After it a queue that says nothing does not run.</summary>
    private static readonly TimeSpan QueueSilence = TimeSpan.FromSeconds(15);

    private static Task<IReadOnlyList<SyncProblem>> Nothing => Task.FromResult<IReadOnlyList<SyncProblem>>([]);

    /// <summary>What is missing in PostgreSQL, with the SQL to run.</summary>
    public Task<IReadOnlyList<SyncProblem>> CheckAsync(CancellationToken cancellation) =>
        !settings.Streams ? Nothing : AskAsync(async server =>
    {
        var builder = new PlanBuilder(settings, server);
        await builder.BuildAsync(cancellation);
        return builder.Problems;
    });

    /// <summary>For every table: the query that reads it, and the SQL that creates it at a tenant.</summary>
    public async Task<IReadOnlyList<PlannedTable>> PlanAsync(CancellationToken cancellation) =>
    [
        .. settings.Streams ? await PlanStreamAsync(cancellation) : [],
        .. (settings.Queue?.Tables ?? []).Select(static table => new QueueTable(table)).Select(static table =>
            new PlannedTable(table.Name, "messages", "", [table.Sql.Create, .. table.Sql.CreateIndexes()])),
    ];

    private Task<IReadOnlyList<PlannedTable>> PlanStreamAsync(CancellationToken cancellation) => AskAsync(async server =>
    {
        var builder = new PlanBuilder(settings, server);
        var plan = await builder.BuildAsync(cancellation);
        if (builder.Problems.FirstOrDefault(static problem => problem.IsFatal) is { } missing)
        {
            throw new SyncException($"{missing.Subject}: {missing.Message}",
                "`shoal sync check FILE` lists all that is missing, `shoal sync apply FILE` does it");
        }

        return (IReadOnlyList<PlannedTable>)[.. plan.Tables.Select(static table => new PlannedTable(table.Settings.FullName,
            table.Route.Kind.ToString().ToLowerInvariant(), table.CopyQuery(null), [table.Sql.Create, .. table.Sql.CreateIndexes()]))];
    });

    /// <summary>Runs in PostgreSQL what <see cref="CheckAsync"/> asks for and can be run there.</summary>
    /// <param name="advice">Also what is only advised.</param>
    /// <param name="ran">Hears of each statement before it is run.</param>
    /// <param name="cancellation">Gives up; what was run stays.</param>
    /// <returns>What is still missing.</returns>
    public Task<IReadOnlyList<SyncProblem>> ApplyAsync(bool advice, Action<string> ran, CancellationToken cancellation) =>
        !settings.Streams ? Nothing : AskAsync(async server =>
        {
            // What one statement makes possible may show the need for another, but never for the same one.
            var done = new HashSet<string>(StringComparer.Ordinal);
            while (true)
            {
                var builder = new PlanBuilder(settings, server);
                await builder.BuildAsync(cancellation);
                var next = builder.Problems.Where(problem => problem.IsFatal || advice).SelectMany(static problem => problem.Statements)
                    .FirstOrDefault(one => !done.Contains(one));
                if (next is null)
                {
                    await PublishAsync(server, ran, cancellation);
                    return (IReadOnlyList<SyncProblem>)[.. builder.Problems];
                }

                done.Add(next);
                ran(next);
                await server.ExecuteAsync(next, cancellation);
            }
        });

    private async Task PublishAsync(SourceServer server, Action<string> ran, CancellationToken cancellation)
    {
        if (settings.CreatePublication && (await server.TextsAsync("SELECT pubname::text FROM pg_publication WHERE pubname = "
            + SourceTable.Literal(settings.Publication), cancellation)).Count == 0)
        {
            var create = PlanBuilder.CreatePublicationSql(settings);
            ran(create);
            await server.ExecuteAsync(create, cancellation);
        }
    }

    /// <summary>Asks the running sync to pause, or to go on.</summary>
    public async Task PauseAsync(ShoalClient client, bool paused, CancellationToken cancellation)
    {
        var store = new StateStore(client, settings);
        await store.CreateAsync(cancellation);
        if (!await store.SetPausedAsync(paused, cancellation))
        {
            throw new SyncException($"the source {settings.Name} has never run", "`shoal sync run FILE` begins");
        }
    }

    public async Task<SyncStatus> StatusAsync(ShoalClient client, CancellationToken cancellation)
    {
        var status = await (settings.Streams ? StreamStatusAsync(client, cancellation) : QueueStatusAsync(client, cancellation));
        if (settings.Queue is null)
        {
            return status;
        }

        var queue = new QueueStore(client, settings);
        await queue.CreateAsync(cancellation);
        var (waiting, dead) = await queue.CountAsync(cancellation);
        return status with
        {
            Numbers = new Dictionary<string, long>(status.Numbers, StringComparer.Ordinal)
            {
                ["queue_depth"] = waiting, ["queue_dead_letters"] = dead,
            },
        };
    }

    private async Task<SyncStatus> QueueStatusAsync(ShoalClient client, CancellationToken cancellation)
    {
        var store = new StateStore(client, settings);
        await store.CreateAsync(cancellation);
        var numbers = await store.ReadNumbersAsync(cancellation);
        var seen = DateTimeOffset.FromUnixTimeMilliseconds(numbers.GetValueOrDefault("updated_ms"));
        var phase = await store.IsPausedAsync(cancellation) ? "paused" : numbers.Count > 0 ? "queue" : "new";
        return new SyncStatus(settings.Name, phase, DateTimeOffset.UtcNow - seen < QueueSilence, SyncStatus.NoSlot, 0, 0, numbers,
            await store.ListTenantsAsync(cancellation));
    }

    /// <summary>Puts messages that were given up back into the queue, or lets go of them.</summary>
    /// <param name="client">The server.</param>
    /// <param name="letters">Their numbers in the list of dead letters; null for all.</param>
    /// <param name="retryAfter">When to try them again; null to let go of them.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many there were.</returns>
    public async Task<long> SettleDeadLettersAsync(ShoalClient client, IReadOnlyCollection<long>? letters, TimeSpan? retryAfter,
        CancellationToken cancellation)
    {
        if (settings.Queue is null)
        {
            throw new SyncException($"the source {settings.Name} has no queue", "`shoal sync resync` brings rows that were refused");
        }

        await new StateStore(client, settings).CreateAsync(cancellation);
        var queue = new QueueStore(client, settings);
        await queue.CreateAsync(cancellation);
        return await queue.SettleDeadAsync(letters, DateTimeOffset.UtcNow + retryAfter, cancellation);
    }

    private Task<SyncStatus> StreamStatusAsync(ShoalClient client, CancellationToken cancellation) => AskAsync(async server =>
    {
        var store = new StateStore(client, settings);
        await store.CreateAsync(cancellation);
        var slot = await server.FindSlotAsync(cancellation);
        var state = await store.FindSourceAsync(cancellation);
        var paused = await store.IsPausedAsync(cancellation);
        return new SyncStatus(settings.Name, paused ? "paused" : state?.Phase ?? "new", slot?.IsActive ?? false, slot?.Status ?? "missing",
            slot?.LagBytes ?? 0, slot?.RetainedBytes ?? 0, await store.ReadNumbersAsync(cancellation),
            await store.ListTenantsAsync(cancellation));
    });

    /// <summary>Asks the running sync to copy tenants again.</summary>
    /// <param name="client">The server.</param>
    /// <param name="tenants">Which; empty for all that are known.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many were asked for.</returns>
    public async Task<int> ResyncAsync(ShoalClient client, IReadOnlyCollection<string> tenants, CancellationToken cancellation)
    {
        if (!settings.Streams)
        {
            throw new SyncException($"the source {settings.Name} has only a queue: there is nothing to copy from",
                "push the rows again; `shoal sync dead-letters FILE --retry all` for those that were refused");
        }

        var store = new StateStore(client, settings);
        await store.CreateAsync(cancellation);
        var known = (await store.ListTenantsAsync(cancellation)).Select(static one => one.Tenant).ToList();
        if (tenants.FirstOrDefault(one => !known.Contains(one, StringComparer.Ordinal)) is { } unknown)
        {
            throw new SyncException($"there is no tenant {unknown}", "`shoal sync status FILE --tenants` lists them");
        }

        foreach (var tenant in tenants.Count > 0 ? tenants : known)
        {
            await store.SetStatusAsync(tenant, "needsResync", "asked for", cancellation);
        }

        return tenants.Count > 0 ? tenants.Count : known.Count;
    }

    public async Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(ShoalClient client, int limit, CancellationToken cancellation)
    {
        var store = new StateStore(client, settings);
        await store.CreateAsync(cancellation);
        return await store.ListDeadLettersAsync(limit, cancellation);
    }

    private async Task<T> AskAsync<T>(Func<SourceServer, Task<T>> ask)
    {
        await using var server = new SourceServer(settings);
        try
        {
            return await ask(server);
        }
        catch (NpgsqlException error)
        {
            throw new SyncException($"PostgreSQL: {error.Message}", $"check \"connection\" of source {settings.Name}", error);
        }
    }
}

using Npgsql;
using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;
using Shoal.Sync.Streaming;
using Shoal.Sync.Values;

namespace Shoal.Sync.Verification;

/// <summary>Compares tenants with PostgreSQL row by row while the sync runs, and puts right what differs.</summary>
/// <remarks>
/// A row counts as drifted when it differed in the same way before and after the stream has passed the moment of the first look.
/// A repair is refused where the tenant has moved on since, so that it never overwrites what is newer.
/// </remarks>
public sealed class SyncVerifier(SourceSettings settings, ShoalClient client)
{
    private const int RepairsTried = 5;

    private static readonly TimeSpan PassTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WritersTimeout = TimeSpan.FromSeconds(10);

    private readonly StateStore _store = new(client, settings);

    /// <summary>What the stream has brought, where it runs in this process.</summary>
    internal StreamedCommits? Commits { get; init; }

    /// <param name="tenants">Which; empty for all.</param>
    /// <param name="repairs">Whether to put right what differs.</param>
    /// <param name="cancellation">Gives up.</param>
    public IAsyncEnumerable<TableComparison> RunAsync(IReadOnlyCollection<string> tenants, bool repairs,
        CancellationToken cancellation = default) => RunAsync(tenants, repairs, static _ => true, cancellation);

    /// <param name="tenants">Which; empty for all.</param>
    /// <param name="repairs">Whether to put right what differs.</param>
    /// <param name="covers">Which tables.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async IAsyncEnumerable<TableComparison> RunAsync(IReadOnlyCollection<string> tenants, bool repairs,
        Func<TableSettings, bool> covers, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!settings.Streams)
        {
            throw new SyncException($"the source {settings.Name} has only a queue: there is nothing to compare with",
                "leave it out by --source");
        }

        await using var server = new SourceServer(settings);
        var plan = await new PlanBuilder(settings, server).BuildAsync(cancellation);
        if (await server.FindSlotAsync(cancellation) is not { IsActive: true })
        {
            throw new SyncException("the sync does not run: what it has not applied yet would look like drift",
                "start `shoal sync run FILE` beside it");
        }

        await _store.CreateAsync(cancellation);
        foreach (var tenant in await _store.ListTenantsAsync(cancellation))
        {
            if (tenants.Count > 0 && !tenants.Contains(tenant.Tenant, StringComparer.Ordinal))
            {
                continue;
            }

            foreach (var table in plan.Tables.Where(table => covers(table.Settings)))
            {
                if (table.Route.Kind != RouteKind.Single || table.Route.Tenant == tenant.Tenant)
                {
                    yield return await CompareAsync(server, tenant.Tenant, table, repairs, cancellation);
                }
            }
        }
    }

    /// <summary>Compares one table of one tenant.</summary>
    /// <exception cref="SyncException">The stream does not get as far as the comparison.</exception>
    internal async Task<TableComparison> CompareAsync(SourceServer server, string tenant, TablePlan table, bool repairs,
        CancellationToken cancellation)
    {
        var database = client.Database(settings.DatabaseOf(tenant));
        var (rows, first) = await DifferencesAsync(server, database, tenant, table, cancellation);
        if (first.Count == 0)
        {
            return new TableComparison(tenant, table.Name, rows, 0, 0);
        }

        await PassAsync(server, cancellation);
        var (_, second) = await DifferencesAsync(server, database, tenant, table, cancellation);
        var drifted = second.Where(one => first.TryGetValue(one.Key, out var before) && before == one.Value)
            .Select(static one => one.Key).ToHashSet(StringComparer.Ordinal);
        var repaired = repairs && drifted.Count > 0 ? await RepairAsync(server, database, tenant, table, drifted, cancellation) : 0;
        return new TableComparison(tenant, table.Name, rows, drifted.Count, repaired);
    }

    /// <summary>Waits until all that is committed now has been applied.</summary>
    private async Task PassAsync(SourceServer server, CancellationToken cancellation)
    {
        var position = await server.CurrentLsnAsync(cancellation);
        var deadline = DateTimeOffset.UtcNow + PassTimeout;
        while ((await _store.FindSourceAsync(cancellation))?.ConfirmedLsn is not { } confirmed || confirmed < position)
        {
            if (DateTimeOffset.UtcNow > deadline)
            {
                throw new SyncException("the stream does not get as far as the comparison", "see `shoal sync status`; try again later");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private static async Task<(long Rows, Dictionary<string, (ulong Expected, ulong Found)> Keys)> DifferencesAsync(SourceServer server,
        Database database, string tenant, TablePlan table, CancellationToken cancellation)
    {
        await using var connection = await server.OpenAsync(cancellation);
        return await DifferencesAsync(connection, database, tenant, table, cancellation);
    }

    /// <summary>Rows that are not the same in PostgreSQL, as the connection sees it, and in a database.</summary>
    /// <returns>Rows in PostgreSQL; for each key that differs what is expected and what is there, 0 for no row.</returns>
    internal static async Task<(long Rows, Dictionary<string, (ulong Expected, ulong Found)> Keys)> DifferencesAsync(
        NpgsqlConnection connection, Database database, string tenant, TablePlan table, CancellationToken cancellation)
    {
        var expected = new Dictionary<string, ulong>(StringComparer.Ordinal);
        await ComparedRows.ReadSourceAsync(connection, tenant, table, fields =>
        {
            var values = RowDigest.Of(table, fields);
            expected[RowDigest.Key(table, values)] = RowDigest.Hash(values);
        }, cancellation);
        var total = expected.Count;
        var differences = new Dictionary<string, (ulong Expected, ulong Found)>(StringComparer.Ordinal);
        await foreach (var (values, _) in ComparedRows.ReadTenantAsync(database, table, cancellation))
        {
            var key = RowDigest.Key(table, values);
            var hash = RowDigest.Hash(values);
            if (!expected.Remove(key, out var wanted) || wanted != hash)
            {
                differences[key] = (wanted, hash);
            }
        }

        foreach (var (key, hash) in expected)
        {
            differences[key] = (hash, 0);
        }

        return (total, differences);
    }

    private async Task<int> RepairAsync(SourceServer server, Database database, string tenant, TablePlan table, HashSet<string> drifted,
        CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            // The position first: whatever PostgreSQL has that is newer will still come, and is applied over this.
            var applied = await database.Prepare(StateSql.Read).Bind(settings.Name).FirstAsync(static row => row.GetInt64(0), cancellation);
            await SeeAsync(server, cancellation);
            var upserts = new List<RowChange>();
            var missing = new HashSet<string>(drifted, StringComparer.Ordinal);
            await using var connection = await server.OpenAsync(cancellation);
            await ComparedRows.ReadSourceAsync(connection, tenant, table, fields =>
            {
                if (missing.Remove(RowDigest.Key(table, RowDigest.Of(table, fields))))
                {
                    upserts.Add(new RowChange(RowChangeKind.Upsert,
                        [.. table.Columns.Select((column, index) => ValueConverter.Convert(fields[index], column.Type))], null, 0));
                }
            }, cancellation);
            var deletes = new List<RowChange>();
            foreach (var key in await KeysAsync(database, table, missing, cancellation))
            {
                deletes.Add(new RowChange(RowChangeKind.Delete, key, null, 0));
            }

            var builder = new BatchBuilder(database);
            var position = builder.Make(StateSql.Advance, settings.Name, applied, applied, settings.Name,
                DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            var batch = new List<Statement> { position };
            builder.AddRows(batch, table, [.. deletes, .. upserts]);
            try
            {
                await database.BatchAsync(batch, cancellation);
                return upserts.Count + deletes.Count;
            }
            catch (ShoalException error) when (attempt < RepairsTried
                && error.Reason.Contains(StateSql.Refusal, StringComparison.Ordinal))
            {
                // The tenant has moved on: look again.
                await Task.Delay(TimeSpan.FromMilliseconds(50 * attempt), cancellation);
            }
        }
    }

    /// <summary>Waits until PostgreSQL shows what the tenant has applied: it sends a commit before it shows it.</summary>
    private async Task SeeAsync(SourceServer server, CancellationToken cancellation)
    {
        if (Commits is not null)
        {
            await Commits.ShowAsync(server, cancellation);
        }
        else if (!await server.WaitForWritersAsync(WritersTimeout, cancellation))
        {
            throw new SyncException("transactions of PostgreSQL do not end, so a repair might write what is older than the tenant",
                $"try again when it has ended: {await server.FindOldestTransactionAsync(cancellation)}");
        }
    }

    /// <summary>The keys, as values, of rows that PostgreSQL does not have.</summary>
    private static async Task<IReadOnlyList<SqlValue[]>> KeysAsync(Database database, TablePlan table, HashSet<string> keys,
        CancellationToken cancellation)
    {
        if (keys.Count == 0)
        {
            return [];
        }

        var found = new List<SqlValue[]>();
        await foreach (var (values, key) in ComparedRows.ReadTenantAsync(database, table, cancellation))
        {
            if (keys.Contains(RowDigest.Key(table, values)))
            {
                found.Add(key);
            }
        }

        return found;
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Shoal.Sync.Apply;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.Streaming;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: tenants wait for each other only in the order of commits. Method: two lanes, whose batches go out when the test lets them.</summary>
[Collection(PostgresCollection.Name)]
public sealed class LaneTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Tenants_that_give_each_other_rows_while_one_is_copied_do_not_wait_in_a_circle()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, "CREATE TABLE products(id int8, tenant_id text, PRIMARY KEY(tenant_id, id))",
            """{"table": "products", "route": {"column": "tenant_id"}}""");
        sync.Apply = ", \"maxRows\": 2, \"workers\": 1";
        await using var server = new SourceServer(sync.Settings);
        var plan = await new PlanBuilder(sync.Settings, server).BuildAsync(default);
        var progress = new Progress(1_000);
        using var context = new LaneContext(sync.Settings, plan, sync.Client, sync.Store, progress, new StreamedCommits(TimeSpan.Zero),
            NullLogger.Instance, default);
        var (giver, copied) = (await OpenAsync("a", context), await OpenAsync("b", context));

        // Nothing goes out yet.
        await context.Slots.WaitAsync();
        await copied.HoldAsync();
        var first = Begin(progress, 1);
        _ = copied.Add(first, Rows(plan, "b", 1, 2));
        progress.Close(first);

        // A row goes from a to b, which is being copied, so that it waits there behind a full batch.
        var there = Begin(progress, 2);
        var arrived = copied.Add(there, Rows(plan, "b", 3), seal: true);
        _ = giver.Add(there, Gone(plan, "a", 3), arrived, seal: true);
        progress.Close(there);
        copied.Release(copied.State);

        // And one comes back, while that has not gone out.
        var back = Begin(progress, 3);
        var returned = giver.Add(back, Rows(plan, "a", 4), seal: true);
        _ = copied.Add(back, Gone(plan, "b", 4), returned, seal: true);
        progress.Close(back);
        context.Slots.Release();
        await SyncFixture.UntilAsync(() => Task.FromResult(progress.IsIdle), () => "they wait for each other");
        Assert.Equal(["1", "2", "3"], await sync.RowsAsync("b", "SELECT id FROM products ORDER BY id"));
        Assert.Equal(["4"], await sync.RowsAsync("a", "SELECT id FROM products ORDER BY id"));
    }

    private static async Task<TenantLane> OpenAsync(string tenant, LaneContext context)
    {
        var writer = new TenantWriter(tenant, context);
        return new TenantLane(tenant, context, writer, await writer.OpenAsync(default));
    }

    private static SourceTransaction Begin(Progress progress, uint number)
    {
        var transaction = new SourceTransaction(number, number, number, DateTimeOffset.UnixEpoch);
        progress.Begin(transaction);
        return transaction;
    }

    private static ChangeSet Rows(SyncPlan plan, string tenant, params ReadOnlySpan<long> ids)
    {
        var changes = new ChangeSet();
        foreach (var id in ids)
        {
            changes.Add(plan.Tables[0], $"{tenant},{id}", new RowChange(RowChangeKind.Upsert, [id, tenant], null, 8));
        }

        return changes;
    }

    private static ChangeSet Gone(SyncPlan plan, string tenant, long id)
    {
        var changes = new ChangeSet();
        var table = plan.Tables[0];
        changes.Add(table, $"{tenant},{id}", new RowChange(RowChangeKind.Delete,
            [.. table.Keys.Select(key => table.Columns[key].Name == "id" ? (Client.SqlValue)id : tenant)], null, 8));
        return changes;
    }
}

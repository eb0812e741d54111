using Shoal.Cli;
using Shoal.Cli.Tests;
using Shoal.Sync.Configuration;
using Shoal.Sync.Jobs;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: a job makes tenants as PostgreSQL is, whatever stops it. Method: real PostgreSQL, real server, full comparison.</summary>
[Collection(PostgresCollection.Name)]
public sealed class JobTests(PostgresCluster cluster)
{
    private const string Schema = """
        CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text NOT NULL, name text, price numeric(12,2), body text);
        CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
        ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync;
        INSERT INTO products SELECT i, 't' || i % 3, 'n', i, NULL FROM generate_series(1, 3000) i;
        """;

    private const string Tables = """{"table": "products", "route": {"column": "tenant_id"}}""";

    private const string Job = """
         "jobs": [{"name": "all", "retryDelay": "100ms", "retries": 12}, {"name": "some", "tenants": "t1, t2"}],
        """;

    [Fact]
    public async Task Only_rows_that_differ_are_written()
    {
        await using var sync = await StartAsync();
        Assert.Equal(("done", 0L), Of(await RunAsync(sync, "all")));
        await DriftAsync(sync, "t1");
        await sync.Client.Database("t1").ExecAsync("CREATE TABLE touched(id INTEGER); "
            + "CREATE TRIGGER touch_i AFTER INSERT ON products BEGIN INSERT INTO touched VALUES (new.id); END; "
            + "CREATE TRIGGER touch_u AFTER UPDATE ON products BEGIN INSERT INTO touched VALUES (new.id); END; "
            + "CREATE TRIGGER touch_d AFTER DELETE ON products BEGIN INSERT INTO touched VALUES (old.id); END");
        var status = await RunAsync(sync, "all");
        Assert.Equal([("t0", 1000L, 0L), ("t1", 1000L, 3L), ("t2", 1000L, 0L)], status.Tenants.Select(static one => (one.Tenant, one.Rows, one.Differing)));
        Assert.True(status.RowsWritten is >= 3 and < 20, $"{status.RowsWritten} rows written");
        Assert.Equal(["1", "4", "9001"], await sync.RowsAsync("t1", "SELECT id FROM touched ORDER BY id"));
        Assert.Equal((3L, status.RowsWritten), (sync.Source!.Jobs.Differing, sync.Source.Jobs.RowsWritten));
        await StreamTests.AssertSameAsync(sync, "t0", "t1", "t2");
    }

    [Fact]
    public async Task A_job_of_some_tables_leaves_the_others_alone()
    {
        await using var sync = await StartAsync(Schema + "CREATE TABLE flags(id int8, tenant_id text, on_ bool, PRIMARY KEY(tenant_id, id)); "
            + "INSERT INTO flags SELECT i, 't' || i % 3, true FROM generate_series(1, 30) i;",
            Tables + """, {"table": "flags", "route": {"column": "tenant_id"}, "rename": "switches"}""",
            """ "jobs": [{"name": "flags", "tables": ["public.flags"]}],""");
        await DriftAsync(sync, "t1");
        await sync.Client.Database("t1").ExecAsync("DELETE FROM switches");
        var before = await sync.RowsAsync("t1", "SELECT applied_lsn, snapshot FROM _sync_state");

        // What comes while the job reads is for both tables, and neither may skip it.
        await sync.ExecuteAsync("UPDATE flags SET on_ = false WHERE id = 4; UPDATE products SET name = 'newer' WHERE id = 7");
        await sync.CaughtUpAsync();
        var status = await RunAsync(sync, "flags");
        Assert.Equal([("t0", 10L, 0L), ("t1", 10L, 9L), ("t2", 10L, 0L)], status.Tenants.Select(static one => (one.Tenant, one.Rows, one.Differing)));
        Assert.Equal(await sync.SourceRowsAsync("SELECT id, tenant_id, on_::int FROM flags WHERE tenant_id = 't1' ORDER BY id"),
            await sync.RowsAsync("t1", "SELECT * FROM switches ORDER BY id"));
        Assert.Equal(["4|x", "7|newer", "9001|somebody"], await sync.RowsAsync("t1", "SELECT id, name FROM products WHERE name <> 'n' ORDER BY id"));
        Assert.NotEqual(before, await sync.RowsAsync("t1", "SELECT applied_lsn, snapshot FROM _sync_state"));
    }

    [Fact]
    public async Task A_job_of_some_tables_loses_nothing_under_load()
    {
        await using var sync = await StartAsync(ShopWorkload.Schema, ShopWorkload.Tables,
            """ "jobs": [{"name": "products", "tables": ["products"], "retryDelay": "100ms"}],""");
        await using var writers = ShopWorkload.Start(sync, Environment.TickCount);
        for (var run = 0; run < 3; run++)
        {
            await sync.Client.Database("t1").ExecAsync("DELETE FROM products WHERE id % 3 = 0");
            Assert.Equal("done", (await RunAsync(sync, "products")).State);
        }

        await writers.StopAndCompareAsync();
    }

    [Fact]
    public async Task Rows_that_change_meanwhile_are_neither_lost_nor_doubled()
    {
        await using var sync = await StartAsync(ShopWorkload.Schema, ShopWorkload.Tables);
        await using var writers = ShopWorkload.Start(sync, Environment.TickCount);
        for (var run = 0; run < 3; run++)
        {
            await sync.Client.Database("t1").ExecAsync("DELETE FROM products WHERE id % 3 = 0");
            Assert.Equal("done", (await RunAsync(sync, "all")).State);
        }

        await writers.StopAndCompareAsync();
    }

    [Fact]
    public async Task A_tenant_that_lacks_too_much_for_one_batch_is_copied_aside()
    {
        await using var sync = await StartAsync();
        await sync.ExecuteAsync("UPDATE products SET body = repeat(md5(id::text), 400) WHERE tenant_id = 't1'");
        await sync.CaughtUpAsync();
        await sync.Client.Database("t1").ExecAsync("DELETE FROM products");
        Assert.Equal("done", (await RunAsync(sync, "some")).State);
        Assert.Equal(["1000"], await sync.RowsAsync("t1", "SELECT count(*) FROM products WHERE length(body) = 12800"));

        // Counted when the tenant is in place, which the job may find out first.
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters.Resyncs > 0), () => "the copy is not counted");
        Assert.Equal(1, sync.Source!.Counters.Resyncs);
    }

    [Fact]
    public async Task A_tenant_that_fails_is_tried_again_and_does_not_stop_the_others()
    {
        await using var sync = await StartAsync();
        await DriftAsync(sync, "t0");
        await DriftAsync(sync, "t1");
        await sync.Client.Database("t0").ExecAsync("CREATE TRIGGER no BEFORE DELETE ON products BEGIN SELECT RAISE(ABORT, 'not now'); END");
        await new SyncJobs(sync.Settings, sync.Client).RequestAsync("all", default);
        await UntilAsync(sync, "all", static status => status.Tenants.Any(static one => one.Tenant == "t0" && one.Attempts >= 2)
            && status.Tenants.Count(static one => one.Step == JobTenant.Done) == 2);
        var failed = await new SyncJobs(sync.Settings, sync.Client).FindAsync("all", default);
        Assert.Contains("not now", failed.Tenants[0].Error, StringComparison.Ordinal);
        Assert.Equal(["somebody"], await sync.RowsAsync("t0", "SELECT name FROM products WHERE id = 9001"));
        Assert.Empty(await sync.RowsAsync("t0", "SELECT name FROM products WHERE id = 3 AND name = 'n'"));
        await sync.Client.Database("t0").ExecAsync("DROP TRIGGER no");
        await UntilAsync(sync, "all", static status => status.State == JobStatus.Done);
        await StreamTests.AssertSameAsync(sync, "t0", "t1", "t2");
    }

    /// <summary>
    /// Method: each step is held where it is, by a lock in PostgreSQL or a refusal at the tenant, or was the last on record; there the
    /// process is killed.
    /// </summary>
    [Theory]
    [InlineData("fetch")]
    [InlineData("write")]
    [InlineData("verify")]
    public async Task A_run_that_is_killed_at_a_step_goes_on(string step)
    {
        await using var sync = await StartAsync(inProcesses: true);
        await DriftAsync(sync, "t0");
        await DriftAsync(sync, "t1");
        await using var locked = new Npgsql.NpgsqlConnection(sync.Connection);
        await locked.OpenAsync();
        Npgsql.NpgsqlTransaction? holding = null;
        if (step == "fetch")
        {
            holding = await locked.BeginTransactionAsync();
            await using var command = new Npgsql.NpgsqlCommand("LOCK TABLE products IN ACCESS EXCLUSIVE MODE", locked, holding);
            await command.ExecuteNonQueryAsync();
        }
        else if (step == "write")
        {
            await sync.Client.Database("t0").ExecAsync("CREATE TRIGGER no BEFORE DELETE ON products BEGIN SELECT RAISE(ABORT, 'not now'); END");
        }

        var jobs = new SyncJobs(sync.Settings, sync.Client);
        await jobs.RequestAsync("all", default);
        await UntilAsync(sync, "all", status => step switch
        {
            "fetch" => status.Tenants.Count == 3,
            "write" => status.Tenants.Any(static one => one.Tenant == "t0" && one.Attempts > 0 && one.Differing == 3),
            _ => status.State == JobStatus.Done,
        });
        await sync.Program!.KillAsync();
        if (holding is not null)
        {
            await holding.RollbackAsync();
        }
        else if (step == "write")
        {
            await sync.Client.Database("t0").ExecAsync("DROP TRIGGER no");
        }
        else
        {
            // As if it had been killed after t0 and t1 were written and before they were compared; t0 has changed since.
            await sync.Client.Database(sync.Settings.StateDatabase).ExecAsync("UPDATE job_tenants SET step = 'verify' WHERE tenant IN ('t0', 't1'); "
                + "UPDATE jobs SET state = 'running', ended_ms = NULL WHERE name = 'all'");
            await DriftAsync(sync, "t0");
        }

        await sync.StartAsync();
        await UntilAsync(sync, "all", static status => status.State is JobStatus.Done or JobStatus.Failed);
        var status = await jobs.FindAsync("all", default);
        Assert.Equal((JobStatus.Done, 1), (status.State, status.Run));
        if (step == "verify")
        {
            // t0 was compared, not fetched, and the comparison found what is wrong; t1 was compared and right.
            Assert.Equal([1, 0, 0], status.Tenants.Select(static one => one.Attempts));
        }

        await sync.CaughtUpAsync();
        await StreamTests.AssertSameAsync(sync, "t0", "t1", "t2");
    }

    [Fact]
    public async Task The_command_line_runs_and_shows_jobs()
    {
        await using var sync = await StartAsync(inProcesses: true);
        var shoal = new CommandLine(sync.Folder).With("SHOAL_URL", sync.Address.ToString()).With("SHOAL_TOKEN", TestServer.Token)
            .With("SHOAL_ACCOUNT", "acme");
        await DriftAsync(sync, "t1");
        Assert.Contains("some\t0\tidle", await shoal.OkAsync("sync", "job", "list", "sync.json"), StringComparison.Ordinal);
        var run = await shoal.JsonAsync("sync", "job", "run", "sync.json", "some");
        Assert.Equal(("done", 2), (run.GetProperty("state").GetString(), run.GetProperty("tenants").GetArrayLength()));
        Assert.True(run.GetProperty("rows_written").GetInt64() >= 3);
        Assert.Contains("t1\tdone\t0\t1000\t3\t", await shoal.OkAsync("sync", "job", "status", "sync.json", "some"), StringComparison.Ordinal);
        Assert.Contains("it has all, some", (await shoal.RunAsync("sync", "job", "run", "sync.json", "none")).Error, StringComparison.Ordinal);
        await sync.Program!.EndAsync();
        await sync.SlotIsFreeAsync();
        Assert.Contains("shoal sync run", (await shoal.RunAsync("sync", "job", "run", "sync.json", "all")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("every 6h", "2026-01-02T03:04:05Z", "2026-01-02T09:04:05Z")]
    [InlineData("every 2d", "2026-01-02T03:04:05Z", "2026-01-04T03:04:05Z")]
    [InlineData("daily 03:00", "2026-01-02T03:04:05Z", "2026-01-03T03:00:00Z")]
    [InlineData("daily 03:05", "2026-01-02T03:04:05Z", "2026-01-02T03:05:00Z")]
    [InlineData("daily 03:00", "2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z")]
    public void A_schedule_says_when_the_next_run_is(string schedule, string last, string next) =>
        Assert.Equal(DateTimeOffset.Parse(next), JobSchedule.Parse(schedule)!.After(DateTimeOffset.Parse(last)));

    [Theory]
    [InlineData("every day")]
    [InlineData("every 0h")]
    [InlineData("every h")]
    [InlineData("every")]
    [InlineData("daily 25:00")]
    [InlineData("0 3 * * *")]
    public void What_is_no_schedule_is_refused(string schedule) => Assert.Null(JobSchedule.Parse(schedule));

    [Fact]
    public async Task A_job_runs_by_the_clock()
    {
        await using var sync = await StartAsync(jobs: """ "jobs": [{"name": "all", "schedule": "every 1s"}],""");
        await DriftAsync(sync, "t1");
        await UntilAsync(sync, "all", static status => status.Run >= 2);
        await SyncFixture.UntilAsync(async () => (await sync.RowsAsync("t1", "SELECT name FROM products WHERE id = 4")).SequenceEqual(["n"]), () => "not right");
    }

    /// <summary>One row differs, one is missing, one is too many.</summary>
    private static Task DriftAsync(SyncFixture sync, string tenant) => sync.Client.Database(tenant).ExecAsync(
        $"UPDATE products SET name = 'x' WHERE id = {(tenant == "t0" ? 3 : 4)}; DELETE FROM products WHERE id = {(tenant == "t0" ? 6 : 1)}; "
        + $"INSERT OR REPLACE INTO products VALUES (9001, '{tenant}', 'somebody', '1.00', NULL)");

    private static (string State, long RowsWritten) Of(JobStatus status) => (status.State, status.RowsWritten);

    private static async Task<JobStatus> RunAsync(SyncFixture sync, string job)
    {
        var run = await new SyncJobs(sync.Settings, sync.Client).RequestAsync(job, default);
        await UntilAsync(sync, job, status => status.Run == run && status.Ended is not null);
        return await new SyncJobs(sync.Settings, sync.Client).FindAsync(job, default);
    }

    private static Task UntilAsync(SyncFixture sync, string job, Func<JobStatus, bool> condition)
    {
        JobStatus? last = null;
        return SyncFixture.UntilAsync(async () => condition(last = await new SyncJobs(sync.Settings, sync.Client).FindAsync(job, default)),
            () => $"the job is not so far: {last} {string.Join('\n', last?.Tenants ?? [])} {sync.Program?.Said}");
    }

    private async Task<SyncFixture> StartAsync(string schema = Schema, string tables = Tables, string jobs = Job, bool inProcesses = false)
    {
        var sync = await SyncFixture.CreateAsync(cluster, schema, tables, inProcesses);
        sync.Queue = jobs;
        await File.WriteAllTextAsync(sync.ConfigurationPath, sync.Configuration);
        await sync.StartAsync();
        if (inProcesses)
        {
            await sync.Program!.SaysAsync("streaming from slot");
        }

        await sync.CaughtUpAsync();
        return sync;
    }
}

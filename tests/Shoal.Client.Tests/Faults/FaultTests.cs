using Shoal.Client.Bulk;
using Shoal.Client.Retry;

namespace Shoal.Client.Tests.Faults;

/// <summary>Goal: nothing is lost, nothing is doubled. Method: a proxy that breaks requests before a real server.</summary>
public sealed class FaultTests
{
    private static readonly TableMap<int> Log = new TableMap<int>("log").Column("n", n => n);

    [Theory]
    [InlineData(nameof(Fault.CutBefore), ShoalErrorKind.ConnectionLost)]
    [InlineData(nameof(Fault.CutAfter), ShoalErrorKind.ConnectionLost)]
    [InlineData(nameof(Fault.HalfReply), ShoalErrorKind.ConnectionLost)]
    [InlineData(nameof(Fault.Silence), ShoalErrorKind.Timeout)]
    [InlineData(nameof(Fault.UnavailableBefore), ShoalErrorKind.Unavailable)]
    [InlineData(nameof(Fault.UnavailableAfter), ShoalErrorKind.Unavailable)]
    public async Task A_write_that_may_have_been_applied_is_not_sent_again(string name, ShoalErrorKind kind)
    {
        var fault = Enum.Parse<Fault>(name);
        await using var test = await StartAsync();
        test.Proxy.Then(fault);
        var before = test.Proxy.Requests;
        var error = await Assert.ThrowsAsync<ShoalException>(
            () => test.Database.Prepare("INSERT INTO log VALUES (?)").Bind(1).RunAsync());
        Assert.Equal((kind, true, 1), (error.Kind, error.MayHaveBeenApplied, error.Attempts));
        Assert.Equal(before + 1, test.Proxy.Requests);
        var applied = fault is not Fault.CutBefore and not Fault.UnavailableBefore;
        Assert.Equal(applied ? [1] : [], await test.ContentAsync());
    }

    [Fact]
    public async Task A_write_that_was_refused_is_sent_again()
    {
        await using var test = await StartAsync();
        test.Proxy.Then(Fault.TooManyRequests, Fault.TooManyRequests);
        await test.Database.Prepare("INSERT INTO log VALUES (?)").Bind(1).RunAsync();
        Assert.Equal([1], await test.ContentAsync());
    }

    [Fact]
    public async Task A_read_and_what_is_called_idempotent_are_sent_again_after_any_fault()
    {
        await using var test = await StartAsync();
        foreach (var fault in Enum.GetValues<Fault>().Except([Fault.Duplicate]))
        {
            test.Proxy.Then(fault, fault);
            Assert.Equal(1, await test.Database.Prepare("SELECT 1").FirstAsync<int>());
            test.Proxy.Then(fault);
            await test.Database.Prepare("UPDATE log SET n = 1").AsIdempotent().RunAsync();
        }
    }

    [Theory]
    [InlineData(nameof(Fault.CutBefore))]
    [InlineData(nameof(Fault.UnavailableBefore))]
    [InlineData(nameof(Fault.Silence))]
    public async Task A_missing_database_is_made_whatever_came_before_the_reply_that_says_so(string name)
    {
        await using var test = await StartAsync();
        for (var first = 0; first < 4; first++)
        {
            // The fault comes once to the request that finds nothing, and once to each that mends it.
            test.Proxy.Forget();
            test.Proxy.Then([.. Enumerable.Repeat(Fault.None, first), Enum.Parse<Fault>(name)]);
            var fresh = test.Database.Client.Database($"fresh-{first}", createIfMissing: true);
            await fresh.Prepare("CREATE TABLE IF NOT EXISTS t(n)").AsIdempotent().RunAsync();
            await fresh.BatchAsync(fresh.Prepare("INSERT OR IGNORE INTO t VALUES (1)").AsIdempotent());
            Assert.Equal([1], await fresh.Prepare("SELECT n FROM t").AllAsync<int>());
        }
    }

    [Fact]
    public async Task Attempts_end_and_the_error_tells_what_the_earlier_ones_left_open()
    {
        await using var test = await StartAsync();
        test.Proxy.Then(Fault.CutAfter, Fault.TooManyRequests, Fault.TooManyRequests, Fault.TooManyRequests);
        var error = await Assert.ThrowsAsync<ShoalException>(
            () => test.Database.Prepare("INSERT INTO log VALUES (2)").AsIdempotent().RunAsync());
        Assert.Equal((ShoalErrorKind.Overloaded, true, 4), (error.Kind, error.MayHaveBeenApplied, error.Attempts));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_ends_with_an_error_and_not_as_if_that_were_all()
    {
        await using var test = await StartAsync();
        test.Proxy.Then(Fault.HalfReply);
        var count = 0;
        var error = await Assert.ThrowsAsync<ShoalException>(async () =>
        {
            await foreach (var number in test.Database.Prepare(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT i FROM n").StreamAsync<int>())
            {
                Assert.Equal(++count, number);
            }
        });
        Assert.Equal((ShoalErrorKind.ConnectionLost, true), (error.Kind, error.IsTransient));
        Assert.InRange(count, 10_000, 49_999);
    }

    [Theory]
    [InlineData(nameof(Fault.CutBefore))]
    [InlineData(nameof(Fault.CutAfter))]
    [InlineData(nameof(Fault.HalfReply))]
    [InlineData(nameof(Fault.Silence))]
    [InlineData(nameof(Fault.Duplicate))]
    [InlineData(nameof(Fault.TooManyRequests))]
    [InlineData(nameof(Fault.UnavailableBefore))]
    [InlineData(nameof(Fault.UnavailableAfter))]
    public async Task A_batch_of_a_bulk_write_is_applied_once_whatever_happens_to_its_reply(string name)
    {
        await using var test = await StartAsync();
        var fault = Enum.Parse<Fault>(name);
        test.Proxy.Then(fault, fault, Fault.None, fault, Fault.None);
        var report = await test.Database.InsertManyAsync(Log, Enumerable.Range(0, 30), new BulkOptions { BatchRowsMax = 10 });
        Assert.Equal((30, 0), (report.Applied, report.Unknown));
        Assert.Equal(Enumerable.Range(0, 30), await test.ContentAsync());
    }

    [Fact]
    public async Task Of_rows_whose_fate_nobody_knows_the_report_says_so()
    {
        await using var test = await StartAsync();
        test.Proxy.Then(Fault.None, Fault.CutAfter, Fault.CutBefore, Fault.CutBefore, Fault.CutBefore);
        var error = await Assert.ThrowsAsync<BulkWriteException>(
            () => test.Database.InsertManyAsync(Log, Enumerable.Range(0, 30), new BulkOptions { BatchRowsMax = 10 }));
        Assert.Equal((10, 0, 10), (error.Report.Applied, error.Report.Rejected, error.Report.Unknown));
        Assert.True(error.MayHaveBeenApplied);
        Assert.Equal(Enumerable.Range(0, 20), await test.ContentAsync());
    }

    [Fact]
    public async Task Every_row_has_one_fate_and_the_database_agrees_under_any_sequence_of_faults()
    {
        var seed = Environment.GetEnvironmentVariable("SHOAL_TEST_SEED") is { Length: > 0 } given
            ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SHOAL_TEST_SEED={seed}");
        var random = new Random(seed);
        await using var test = await StartAsync();
        for (var run = 0; run < 40; run++)
        {
            test.Proxy.Forget();
            await test.Direct.ExecAsync("DELETE FROM log");
            var count = random.Next(1, 120);
            var bad = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(count)).ToHashSet();
            var map = new TableMap<int>("log").Column("n", n => bad.Contains(n) ? -1 : n);
            test.Proxy.Then(Enumerable.Range(0, 60).Select(_ => random.Next(3) == 0
                ? (Fault)random.Next(Enum.GetValues<Fault>().Length) : Fault.None));
            var report = await ReportAsync(test.Database, map, count, new BulkOptions
            {
                BatchRowsMax = random.Next(1, 50),
                Atomicity = (Atomicity)random.Next(3),
                RejectedMax = random.Next(2) == 0 ? 0 : int.MaxValue,
            });
            Check(seed, run, count, report, await test.ContentAsync());
        }
    }

    private static async Task<BulkReport> ReportAsync(Database database, TableMap<int> map, int count, BulkOptions options)
    {
        try
        {
            return await database.InsertManyAsync(map, Enumerable.Range(0, count), options);
        }
        catch (BulkWriteException error)
        {
            return error.Report;
        }
    }

    private static void Check(int seed, int run, int count, BulkReport report, IReadOnlyList<int> content)
    {
        var told = $"seed {seed}, run {run}: {report}";
        Assert.True(report.Rows <= count && report.Rows == report.Applied + report.Rejected + report.NotApplied + report.Unknown, told);
        Assert.True(content.Distinct().Count() == content.Count, "a row is there twice; " + told);
        var failures = report.Failures.ToDictionary(failure => (int)failure.Index, failure => failure.Status);
        var applied = Enumerable.Range(0, count).Where(index => !failures.ContainsKey(index)).Take((int)report.Applied).ToHashSet();
        var present = content.ToHashSet();
        for (var index = 0; index < count; index++)
        {
            var unknown = failures.TryGetValue(index, out var status) && status == RowStatus.Unknown;
            Assert.True(unknown || applied.Contains(index) == present.Contains(index), $"row {index}; {told}");
        }
    }

    private static async Task<FaultyServer> StartAsync()
    {
        // The client's clock stands still, but where a reply does not come: then its time is over at once.
        var clock = new ManualTimeProvider();
        FaultProxy? proxy = null;
        var fixture = await ClientFixture.StartAsync(
            client: options => options with
            {
                TimeProvider = clock,
                Retry = new RetryOptions { AttemptsMax = 4, Delay = TimeSpan.Zero, Deadline = TimeSpan.FromHours(1) },
            },
            through: address => (proxy = new FaultProxy(address)).Address);
        var direct = new ShoalClient(fixture.Client.Options with { Address = fixture.Server.Address, TimeProvider = TimeProvider.System });
        proxy!.Silent = () => clock.Advance(fixture.Client.Options.Timeout);
        var test = new FaultyServer(fixture, proxy!, direct);
        await direct.CreateDatabaseAsync("shop");
        await test.Direct.ExecAsync("CREATE TABLE log(n INTEGER CHECK (n >= 0))");
        return test;
    }

    private sealed class FaultyServer(ClientFixture fixture, FaultProxy proxy, ShoalClient direct) : IAsyncDisposable
    {
        public FaultProxy Proxy => proxy;

        public Database Database { get; } = fixture.Client.Database("shop");

        /// <summary>The same database, past the proxy.</summary>
        public Database Direct { get; } = direct.Database("shop");

        public Task<IReadOnlyList<int>> ContentAsync() => Direct.Prepare("SELECT n FROM log ORDER BY n").AllAsync<int>();

        public async ValueTask DisposeAsync()
        {
            direct.Dispose();
            await proxy.DisposeAsync();
            await fixture.DisposeAsync();
        }
    }
}

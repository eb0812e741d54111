using System.Text;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: what a database was can be queried while it goes on, under a reader's rules, and costs a bounded amount.</summary>
public sealed class PastViewTests
{
    private const string Bytes = "SELECT hex(a), length(b) FROM t";

    [Fact]
    public async Task A_query_sees_the_state_of_a_time_a_bookmark_or_a_name_and_leaves_the_database_as_it_is()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES ('then')");
        var then = fixture.Bookmark(id);
        var time = fixture.Time.GetUtcNow();
        await fixture.Travel.NameAsync(id, "good", moment: null);
        await fixture.RunAsync(id, "UPDATE t SET a = 'now'; CREATE TABLE u(a)");
        var now = fixture.Bookmark(id);

        foreach (var moment in (RestoreMoment[])[RestoreMoment.Of(then), RestoreMoment.Of("good"), RestoreMoment.At(time), RestoreMoment.At(time)])
        {
            Assert.Equal("then|1", await QueryAsync(fixture, id, moment, "SELECT a, (SELECT count(*) FROM sqlite_schema) FROM t"));
        }

        Assert.Equal("now|2", await QueryAsync(fixture, id, RestoreMoment.Of(now), "SELECT a, (SELECT count(*) FROM sqlite_schema) FROM t"));
        Assert.Equal("0", await QueryAsync(fixture, id, RestoreMoment.Of(then), "SELECT changes()"));
        Assert.Equal(now, fixture.Bookmark(id));
        Assert.Equal(2, fixture.Travel.ViewCount);
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (2)")]
    [InlineData("SELECT 1; DELETE FROM t")]
    [InlineData("WITH x AS (SELECT 2) INSERT INTO t SELECT * FROM x")]
    [InlineData("CREATE TABLE u(a)")]
    [InlineData("PRAGMA optimize")]
    public async Task What_writes_is_refused_and_changes_neither_past_nor_present(string sql)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var then = RestoreMoment.Of(fixture.Bookmark(id));
        await fixture.RunAsync(id, "DELETE FROM t");
        var now = fixture.Bookmark(id);

        var error = await Assert.ThrowsAsync<EngineException>(() => QueryAsync(fixture, id, then, sql));

        Assert.Equal(EngineErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("can only be read", error.Message, StringComparison.Ordinal);
        Assert.Contains("fork", error.Hint, StringComparison.Ordinal);
        Assert.Equal("1|1", await QueryAsync(fixture, id, then, "SELECT count(*), (SELECT count(*) FROM sqlite_schema) FROM t"));
        Assert.Equal(now, fixture.Bookmark(id));
    }

    [Fact]
    public async Task Forbidden_statements_and_failures_are_those_of_any_reader()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var then = RestoreMoment.Of(fixture.Bookmark(id));

        var denied = await Assert.ThrowsAsync<SqlException>(() => QueryAsync(fixture, id, then, "SELECT load_extension('x')"));
        Assert.Contains("not authorized", denied.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SqlException>(() => QueryAsync(fixture, id, then, "SELECT nothing FROM t"));
        Assert.Equal(EngineErrorKind.NotRestorable,
            (await Assert.ThrowsAsync<EngineException>(() => QueryAsync(fixture, id, RestoreMoment.Of("1999-01-01T00:00:00Z"), "SELECT 1"))).Kind);
        Assert.Contains("nor the name of one",
            (await Assert.ThrowsAsync<EngineException>(() => QueryAsync(fixture, id, RestoreMoment.Of("nobody"), "SELECT 1"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_of_the_same_moment_share_one_file_which_goes_when_nobody_asks_any_more()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a, b); INSERT INTO t VALUES ('then', randomblob(100000))");
        var then = RestoreMoment.Of(fixture.Bookmark(id));
        var expected = await fixture.RunAsync(id, Bytes);
        await fixture.RunAsync(id, "DELETE FROM t");

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => QueryAsync(fixture, id, then, Bytes)));

        Assert.All(results, result => Assert.Equal(expected, result));
        Assert.Equal(1, fixture.Travel.ViewCount);
        Assert.Single(Scratch(fixture));
        fixture.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(expected, await QueryAsync(fixture, id, then, Bytes));
        fixture.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, fixture.Travel.ViewCount);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, fixture.Travel.ViewCount);
        Assert.Empty(Scratch(fixture));
        Assert.Equal(expected, await QueryAsync(fixture, id, then, Bytes));
    }

    [Fact]
    public async Task The_files_go_with_the_engine()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await QueryAsync(fixture, id, RestoreMoment.Of(fixture.Bookmark(id)), "SELECT * FROM t");
        Assert.Single(Scratch(fixture));

        await fixture.Engine.DisposeAsync();

        Assert.Empty(Scratch(fixture));
        await fixture.OpenAsync();
    }

    /// <summary>Method: they are put together one after the other, so that most of them still wait.</summary>
    [Fact]
    public async Task Queries_that_wait_for_their_moment_end_with_the_engine()
    {
        const int Moments = 12;
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var moments = new List<RestoreMoment>();
        for (var value = 0; value < Moments; value++)
        {
            await fixture.RunAsync(id, "INSERT INTO t VALUES (randomblob(200000))");
            moments.Add(RestoreMoment.Of(fixture.Bookmark(id)));
        }

        await fixture.Travel.SealAsync();
        var queries = moments.Select(moment => QueryAsync(fixture, id, moment, "SELECT count(*) FROM t")).ToArray();
        while (fixture.Travel.ViewCount < Moments && !queries.Any(static query => query.IsFaulted))
        {
            await Task.Yield();
        }

        await fixture.Engine.DisposeAsync();
        foreach (var query in queries)
        {
            var error = await Record.ExceptionAsync(() => query.WaitAsync(TimeSpan.FromMinutes(2)));
            Assert.True(error is null or EngineException { Kind: EngineErrorKind.ShuttingDown }, $"{error}");
        }

        await fixture.OpenAsync();
        Assert.Equal($"{Moments}", await fixture.RunAsync(id, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task The_view_that_was_used_longest_ago_makes_room_and_one_that_is_too_large_is_refused()
    {
        await using var fixture = await HistoryFixture.StartAsync(
            new HistoryLimits { RestoresPerPeriodMax = int.MaxValue, ViewBytesMax = 500_000 });
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a, b)");
        var moments = new List<RestoreMoment>();
        for (var value = 0; value < 4; value++)
        {
            await fixture.RunAsync(id, $"DELETE FROM t; INSERT INTO t VALUES ({value}, zeroblob(200000))");
            moments.Add(RestoreMoment.Of(fixture.Bookmark(id)));
        }

        await fixture.RunAsync(id, "INSERT INTO t VALUES (4, zeroblob(1000000))");
        var large = RestoreMoment.Of(fixture.Bookmark(id));
        await fixture.RunAsync(id, "DELETE FROM t");
        for (var round = 0; round < 3; round++)
        {
            foreach (var (value, moment) in moments.Index())
            {
                Assert.Equal($"{value}", await QueryAsync(fixture, id, moment, "SELECT a FROM t"));
                Assert.InRange(Scratch(fixture).Sum(static file => new FileInfo(file).Length), 200_000, 600_000);
            }
        }

        Assert.Equal(2, fixture.Travel.ViewCount);
        var error = await Assert.ThrowsAsync<EngineException>(() => QueryAsync(fixture, id, large, "SELECT a FROM t"));
        Assert.Equal(EngineErrorKind.LimitExceeded, error.Kind);
        Assert.Contains("Fork", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_moment_whose_pack_is_damaged_fails_for_all_who_wait_and_can_be_asked_again()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES ('then')");
        var then = RestoreMoment.Of(fixture.Bookmark(id));
        await fixture.Travel.SealAsync();
        var pack = Assert.Single(fixture.PackFiles);
        Damage.Flip(pack, offset: 80);

        var waiting = Enumerable.Range(0, 5).Select(_ => QueryAsync(fixture, id, then, "SELECT a FROM t")).ToArray();
        foreach (var query in waiting)
        {
            var error = await Assert.ThrowsAnyAsync<EngineException>(() => query);
            Assert.Contains(Path.GetFileName(pack), error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, fixture.Travel.ViewCount);
        Damage.Flip(pack, offset: 80);
        Assert.Equal("then", await QueryAsync(fixture, id, then, "SELECT a FROM t"));
    }

    private static string[] Scratch(HistoryFixture fixture) => Directory.GetFiles(fixture.Engine.TemporaryFolder, "restore-*.sqlite");

    private static async Task<string> QueryAsync(HistoryFixture fixture, DatabaseId id, RestoreMoment moment, string sql)
    {
        var collector = new ResultCollector();
        await fixture.Travel.QueryAsync(id, moment, SqlRequest.Relaxed(sql), collector);
        return string.Join('\n', collector.Rows.Select(static row => string.Join('|', row.Select(static value =>
            value.Kind == SqlValueKind.Integer ? $"{value.AsInteger}" : Encoding.UTF8.GetString(value.AsBytes.Span)))));
    }
}

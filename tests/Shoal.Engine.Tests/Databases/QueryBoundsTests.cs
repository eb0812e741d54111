using System.Globalization;
using System.Text;
using Shoal.Engine.Requests;

namespace Shoal.Engine.Tests.Databases;

/// <summary>How much memory, temporary files and room one request may take, and that others do not feel it.</summary>
public sealed class QueryBoundsTests
{
    private const string Numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) ";
    private const string Sort = Numbers + "SELECT max(a) FROM (SELECT hex(i * i) AS a, row_number() OVER (ORDER BY hex(i * i)) FROM n)";

    [Fact]
    public async Task Views_that_double_at_each_step_end_at_the_memory_of_a_request()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { QueryMemoryBytesMax = 16 * 1024 * 1024 });
        var views = new StringBuilder("CREATE TABLE t(a); CREATE VIEW v0 AS SELECT a FROM t;");
        for (var i = 1; i <= 24; i++)
        {
            _ = views.Append(CultureInfo.InvariantCulture, $"CREATE VIEW v{i} AS SELECT a FROM v{i - 1} UNION SELECT a FROM v{i - 1};");
        }

        await fixture.RunAsync(views.ToString());

        foreach (var statement in (string[])["SELECT * FROM v24", "INSERT INTO t SELECT * FROM v24"])
        {
            var error = await Assert.ThrowsAsync<EngineException>(() => fixture.ResultsAsync(statement));

            Assert.Equal((EngineErrorKind.OutOfMemory, "D1 DB's isolate exceeded its memory limit and was reset."),
                (error.Kind, error.Message));
        }

        await fixture.RunAsync("INSERT INTO t VALUES (7)");
        Assert.Equal("7", await fixture.RunAsync("SELECT group_concat(a) FROM v3"));
    }

    [Fact]
    public async Task A_request_that_runs_out_of_memory_applies_nothing_and_takes_nothing_from_the_next()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { QueryMemoryBytesMax = 4 * 1024 * 1024 });
        await fixture.RunAsync("CREATE TABLE t(a)");

        var large = string.Join(" + ", Enumerable.Range(0, 8).Select(static i => $"length(group_concat(hex(i + {i})))"));

        for (var attempt = 0; attempt < 3; attempt++)
        {
            var error = await Assert.ThrowsAsync<EngineException>(() => fixture.ResultsAsync(
                $"INSERT INTO t VALUES (1); INSERT INTO t {Numbers} SELECT {large} FROM n"));

            Assert.Equal(EngineErrorKind.OutOfMemory, error.Kind);
            Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM t"));
        }

        Assert.Equal("100000", await fixture.RunAsync(Numbers + "SELECT count(*) FROM n"));
    }

    [Fact]
    public async Task Those_who_share_a_transaction_with_a_request_that_takes_too_much_are_done()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { QueryTemporaryBytesMax = 512 * 1024 });
        await fixture.RunAsync("CREATE TABLE t(a PRIMARY KEY); " + "CREATE TABLE source(a); INSERT INTO source " + Numbers + "SELECT hex(i * i) FROM n");
        var writes = new List<Task>();
        for (var i = 0; i < 60; i++)
        {
            var sql = i % 20 == 10
                ? "INSERT INTO t SELECT a || 'x' FROM source ORDER BY a DESC"
                : string.Create(CultureInfo.InvariantCulture, $"INSERT INTO t VALUES ({i})");
            writes.Add(fixture.RunAsync(sql));
        }

        var refused = 0;
        foreach (var write in writes)
        {
            if (await Record.ExceptionAsync(() => write) is { } error)
            {
                Assert.Equal(EngineErrorKind.LimitExceeded, Assert.IsType<EngineException>(error).Kind);
                Assert.Contains("more temporary files than a request may have", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.Equal(3, refused);
        Assert.Equal("57", await fixture.RunAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_sort_is_refused_past_its_temporary_files_and_runs_within_them()
    {
        await using var small = await EngineFixture.StartAsync(new EngineLimits { QueryTemporaryBytesMax = 512 * 1024 });
        await using var large = await EngineFixture.StartAsync(new EngineLimits { QueryTemporaryBytesMax = 64 * 1024 * 1024 });

        var error = await Assert.ThrowsAsync<EngineException>(() => small.ResultsAsync(Sort));

        Assert.Equal(EngineErrorKind.LimitExceeded, error.Kind);
        Assert.Contains("--query-temporary", error.Hint, StringComparison.Ordinal);
        var expected = await large.RunAsync(Sort);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(expected, await large.RunAsync(Sort));
        }
    }

    [Fact]
    public async Task A_database_that_is_full_says_so_in_the_words_of_d1_and_can_be_read_and_emptied()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { DatabaseBytesMax = 200_000 });
        await fixture.RunAsync("CREATE TABLE t(a)");
        await fixture.RunAsync("INSERT INTO t VALUES (zeroblob(100000))");

        var error = await Assert.ThrowsAsync<SqlException>(() => fixture.ResultsAsync("INSERT INTO t VALUES (zeroblob(100000))"));

        Assert.Equal("Exceeded maximum DB size: SQLITE_FULL", error.Message);
        Assert.Equal("1", await fixture.RunAsync("SELECT count(*) FROM t"));
        await fixture.RunAsync("DELETE FROM t");
        await fixture.RunAsync("INSERT INTO t VALUES (zeroblob(150000))");
        Assert.Equal("1", await fixture.RunAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_table_without_a_free_rowid_is_not_a_full_database()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9223372036854775807)");

        var error = await Assert.ThrowsAsync<SqlException>(() => fixture.ResultsAsync("INSERT INTO t VALUES (NULL)"));

        Assert.Equal("database or disk is full: SQLITE_FULL", error.Message);
    }
}

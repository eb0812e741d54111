using System.Text;
using Shoal.Engine.Requests;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Tests.Databases;

/// <summary>A request that fails, or may not do what it asks, leaves nothing behind for the next one.</summary>
public sealed class RequestFailureTests
{
    [Fact]
    public async Task A_write_cancelled_before_it_began_does_not_make_the_size_unknown()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        await fixture.RestartAsync();
        var before = (await fixture.ResultsAsync("SELECT 1"))[0].Meta.SizeAfterBytes;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await fixture.Engine.ExecuteAsync(
            fixture.Id, SqlRequest.Single("INSERT INTO t VALUES (1)"), new ResultCollector(), new(canceled: true)));

        Assert.Equal(before, (await fixture.ResultsAsync("SELECT 1"))[0].Meta.SizeAfterBytes);
    }

    [Fact]
    public async Task A_sink_that_throws_does_not_leave_its_statement_running()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        await fixture.RunAsync("INSERT INTO t VALUES (1), (2)");
        const string Select = "SELECT a FROM t WHERE a >= ?";

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await fixture.Engine.ExecuteAsync(
            fixture.Id, SqlRequest.Single(Select, SqlValue.Integer(1)), new BrokenSink()));

        Assert.Equal("2", await fixture.RunAsync(Select, SqlValue.Integer(2)));
    }

    [Theory]
    [InlineData("PRAGMA optimize=0x10002")]
    [InlineData("PRAGMA OPTIMIZE=0x10002")]
    [InlineData("SELECT * FROM pragma_optimize(0x10002)")]
    [InlineData("SELECT changes() FROM pragma_optimize(0x10002)")]
    [InlineData("SELECT changes() FROM PRAGMA_OPTIMIZE(0x10002)")]
    [InlineData("SELECT changes() FROM Pragma_Optimize(0x10002)")]
    public async Task A_read_only_request_may_not_optimize_because_that_writes_statistics(string sql)
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a); CREATE INDEX i ON t(a); INSERT INTO t VALUES (1), (2)");
        var request = new SqlRequest { Items = [new SqlBatchItem(sql)], ReadOnly = true };
        _ = await Record.ExceptionAsync(
            async () => await fixture.Engine.ExecuteAsync(fixture.Id, request, new ResultCollector()));
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"));

        await fixture.RunAsync("PRAGMA optimize=0x10002");
        Assert.Equal("1", await fixture.RunAsync("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"));
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("-- a comment\n")]
    [InlineData("/* a\ncomment */\n;")]
    public async Task Blanks_of_any_length_are_imported_without_keeping_them(string blank)
    {
        await using var fixture = await EngineFixture.StartAsync();
        var probe = new LargestReadStream(Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Repeat(blank, 8_000_000 / blank.Length)) + "CREATE TABLE t(a);"));

        await fixture.Engine.ImportSqlAsync(fixture.Id, probe);

        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM t"));
        Assert.InRange(probe.LargestRead, 1, 1024 * 1024);
    }

    private sealed class BrokenSink : IResultSink
    {
        public void Reset()
        {
        }

        public void BeginStatement(StatementPosition position, SqliteColumns columns)
        {
        }

        public void Row(SqliteRow row) => throw new InvalidOperationException("broken");

        public void EndStatement(in StatementMeta meta)
        {
        }
    }

    /// <summary>Knows how much was asked for at once: as much as the reader's memory has room for.</summary>
    private sealed class LargestReadStream(byte[] bytes) : MemoryStream(bytes)
    {
        public int LargestRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            LargestRead = Math.Max(LargestRead, count);
            return base.Read(buffer, offset, count);
        }
    }
}

using Shoal.Engine.Requests;

namespace Shoal.Engine.Tests.Databases;

/// <summary>What nobody waits for any more leaves its queue, and how much one request may hold.</summary>
public sealed class QueueLimitTests
{
    [Fact]
    public async Task A_write_whose_caller_is_gone_leaves_the_queue_at_once()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { WriteQueueMax = 1 });
        await fixture.RunAsync("CREATE TABLE t(a)");
        using var gone = new CancellationTokenSource();
        var running = await HoldWriterAsync(fixture);
        var waiting = fixture.Engine.ExecuteAsync(
            fixture.Id, SqlRequest.Single("INSERT INTO t VALUES (1)"), new ResultCollector(), gone.Token).AsTask();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var next = fixture.RunAsync("INSERT INTO t VALUES (2)");
        running.Release();
        await next;
        Assert.Equal("2", await fixture.RunAsync("SELECT group_concat(a) FROM t"));
    }

    [Fact]
    public async Task A_write_that_has_waited_too_long_leaves_the_queue_with_an_error()
    {
        await using var fixture = await EngineFixture.StartAsync(
            new EngineLimits { QueryTimeout = TimeSpan.FromSeconds(2) });
        await fixture.RunAsync("CREATE TABLE t(a)");
        var running = await HoldWriterAsync(fixture);

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.RunAsync("INSERT INTO t VALUES (1)"));

        Assert.Equal((EngineErrorKind.Overloaded, "D1 DB is overloaded. Requests queued for too long."),
            (error.Kind, error.Message));
        running.Release();
        Assert.Equal("0", await fixture.RunAsync("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_waits_for_a_connection_leaves_with_its_caller_or_when_its_time_is_over(bool leaves)
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits
        {
            ReadersPerDatabaseMax = 1,
            ReadQueueMax = 1,
            QueryTimeout = leaves ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(2),
        });
        using var gone = new CancellationTokenSource();
        using var held = new SemaphoreSlim(0);
        var begun = new TaskCompletionSource();
        var holder = fixture.Engine.UseAsync(fixture.Id, database => Task.Run(() => database.ReadAsync(
            _ =>
            {
                begun.SetResult();
                held.Wait();
                return 0;
            },
            default)), default);
        await begun.Task;
        var waiting = fixture.Engine.ExecuteAsync(
            fixture.Id, SqlRequest.Single("SELECT 1"), new ResultCollector(), gone.Token).AsTask();
        if (leaves)
        {
            await gone.CancelAsync();
        }

        var error = await Record.ExceptionAsync(() => waiting);

        Assert.True(leaves ? error is OperationCanceledException
            : error is EngineException { Kind: EngineErrorKind.Overloaded }, error?.ToString());
        var next = fixture.RunAsync("SELECT 2");
        held.Release();
        Assert.Equal("2", await next);
        await holder;
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public async Task The_limit_of_statements_counts_over_all_items_of_a_request(int statements, bool refused)
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { StatementsPerRequestMax = 10 });
        var request = new SqlRequest
        {
            Items =
            [
                new SqlBatchItem("SELECT 1; SELECT 2; SELECT 3", []),
                new SqlBatchItem("SELECT 1", []),
                new SqlBatchItem("SELECT 1", []),
                new SqlBatchItem(string.Join(';', Enumerable.Repeat("SELECT 4", statements - 5)), []),
            ],
        };

        var error = await Record.ExceptionAsync(() => fixture.Engine.ExecuteAsync(
            fixture.Id, request, new ResultCollector()).AsTask());

        Assert.Equal(refused ? "more than 10 statements in one request" : null, error?.Message);
    }

    /// <summary>Takes the writer; the result gives it back.</summary>
    private static async Task<Hold> HoldWriterAsync(EngineFixture fixture)
    {
        var begun = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        var holding = fixture.Engine.UseAsync(
            fixture.Id,
            async database =>
            {
                using var lease = await database.Writer.AcquireAsync(default);
                begun.SetResult();
                await end.Task;
                return 0;
            },
            default);
        await begun.Task;
        return new Hold(end, holding);
    }

    private sealed record Hold(TaskCompletionSource End, Task Holding)
    {
        public void Release() => End.SetResult();
    }
}

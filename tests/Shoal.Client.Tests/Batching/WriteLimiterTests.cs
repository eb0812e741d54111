using Shoal.Client.Batching;

namespace Shoal.Client.Tests.Batching;

public sealed class WriteLimiterTests
{
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Permits_go_up_slowly_while_requests_are_fast_and_down_at_once_when_the_server_is_not_well()
    {
        var limiter = new WriteLimiter(20, new AdaptiveConcurrency { Start = 10, TargetLatency = TimeSpan.FromMilliseconds(50) });
        await RunAsync(limiter, 10, Fast, overloaded: false);
        Assert.Equal(10, limiter.Limit);
        await RunAsync(limiter, 2, Fast, overloaded: false);
        Assert.Equal(11, limiter.Limit);

        // A burst of refusals counts once.
        await RunAtOnceAsync(limiter, 10, Fast, overloaded: true);
        Assert.Equal(7, limiter.Limit);
        await RunAtOnceAsync(limiter, 5, TimeSpan.FromMilliseconds(51), overloaded: false);
        Assert.Equal(5, limiter.Limit);
        await RunAsync(limiter, 100, Fast, overloaded: true);
        Assert.Equal(1, limiter.Limit);
        await RunAsync(limiter, 1_000, Fast, overloaded: false);
        Assert.Equal(20, limiter.Limit);
    }

    [Fact]
    public async Task Permits_are_given_in_the_order_of_asking_and_one_who_left_is_passed_over()
    {
        var limiter = new WriteLimiter(1);
        await limiter.EnterAsync(CancellationToken.None);
        using var cancelled = new CancellationTokenSource();
        var first = limiter.EnterAsync(CancellationToken.None).AsTask();
        var left = limiter.EnterAsync(cancelled.Token).AsTask();
        var last = limiter.EnterAsync(CancellationToken.None).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        limiter.Exit(Fast, overloaded: false);
        await first;
        Assert.False(last.IsCompleted);
        limiter.Exit(Fast, overloaded: false);
        await last;
        Assert.Equal((1, 0, 0), (limiter.InUse, limiter.AvailablePermits, limiter.Waiting));
    }

    private static async Task RunAtOnceAsync(WriteLimiter limiter, int count, TimeSpan latency, bool overloaded)
    {
        for (var index = 0; index < count; index++)
        {
            await limiter.EnterAsync(CancellationToken.None);
        }

        for (var index = 0; index < count; index++)
        {
            limiter.Exit(latency, overloaded);
        }
    }

    private static async Task RunAsync(WriteLimiter limiter, int count, TimeSpan latency, bool overloaded)
    {
        for (var index = 0; index < count; index++)
        {
            await limiter.EnterAsync(CancellationToken.None);
            limiter.Exit(latency, overloaded);
        }
    }
}

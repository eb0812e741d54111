namespace Shoal.Client.Tests.Faults;

/// <summary>Goal: the clock of the tests does not go back, or a timeout that was armed meanwhile would never come.</summary>
public sealed class ManualClockTests
{
    [Fact]
    public async Task A_move_during_a_move_is_not_taken_back()
    {
        var clock = new ManualTimeProvider();
        var began = clock.GetUtcNow();
        var armed = new TaskCompletionSource();
        ITimer? later = null;
        await using var first = clock.CreateTimer(_ =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            later = clock.CreateTimer(_ => armed.SetResult(), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        clock.Advance(TimeSpan.FromSeconds(1));
        await using var second = later!;

        Assert.Equal(TimeSpan.FromSeconds(11), clock.GetUtcNow() - began);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(armed.Task.IsCompleted);
    }
}

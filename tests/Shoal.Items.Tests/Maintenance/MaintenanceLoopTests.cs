using Shoal.Items.Maintenance;

namespace Shoal.Items.Tests.Maintenance;

public sealed class MaintenanceLoopTests
{
    /// <summary>Method: each kick comes when the run before it is about to end, on a clock that would not repair it.</summary>
    [Fact]
    public async Task A_kick_at_the_end_of_a_run_is_followed_by_another()
    {
        var (wanted, seen) = (0, 0);
        using var ran = new SemaphoreSlim(0);
        await using var loop = new MaintenanceLoop(
            _ =>
            {
                Volatile.Write(ref seen, Volatile.Read(ref wanted));
                ran.Release();
                return Task.CompletedTask;
            },
            new ManualTimeProvider());
        for (var number = 1; number <= 50_000; number++)
        {
            Volatile.Write(ref wanted, number);
            loop.Kick();
            while (Volatile.Read(ref seen) < number)
            {
                Assert.True(await ran.WaitAsync(TimeSpan.FromMinutes(1)), $"kick {number} was not followed by a run");
            }
        }
    }
}

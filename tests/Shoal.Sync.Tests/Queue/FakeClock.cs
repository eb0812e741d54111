namespace Shoal.Sync.Tests.Queue;

/// <summary>The system's clock, moved on by what the test says. Timers run as they do.</summary>
internal sealed class FakeClock : TimeProvider
{
    private long _aheadTicks;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _aheadTicks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _aheadTicks));
}

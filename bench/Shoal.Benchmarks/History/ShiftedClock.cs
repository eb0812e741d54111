namespace Shoal.Benchmarks.History;

/// <summary>The system's clock, some time ahead: days pass within a minute.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Shift(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ticks));

    public override long GetTimestamp() => GetUtcNow().UtcTicks;
}

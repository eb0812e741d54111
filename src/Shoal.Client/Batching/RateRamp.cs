namespace Shoal.Client.Batching;

/// <summary>Spaces batches so that rows per second stay under a bound that rises with time.</summary>
/// <remarks>Thread: safe. The first batch never waits; each one makes those after it wait as long as its rows are worth.</remarks>
internal sealed class RateRamp(RateOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long? _began;
    private TimeSpan _next;

    /// <summary>Completes when this many rows may go out.</summary>
    public async ValueTask EnterAsync(int rows, CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetElapsedTime(_began ??= time.GetTimestamp());
            var begin = _next > now ? _next : now;
            wait = begin - now;
            _next = begin + TimeSpan.FromSeconds(rows / RateAt(begin));
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Rows per second after this time.</summary>
    public double RateAt(TimeSpan elapsed) =>
        Math.Min(options.RowsPerSecondMax, options.RowsPerSecond * Math.Pow(options.Growth, Math.Floor(elapsed / options.Every)));
}

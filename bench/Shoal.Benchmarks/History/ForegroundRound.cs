using Shoal.Load;

namespace Shoal.Benchmarks.History;

/// <summary>What requests noticed in one round, in three states of the machine.</summary>
internal sealed class ForegroundRound
{
    /// <summary>Nothing else ran.</summary>
    public LatencyHistogram[] Quiet { get; } = [new(), new()];

    /// <summary>A process of idle priority computed.</summary>
    public LatencyHistogram[] Control { get; } = [new(), new()];

    /// <summary>Packs were put together.</summary>
    public LatencyHistogram[] Busy { get; } = [new(), new()];

    /// <summary>How long packs were put together. Units: s.</summary>
    public double BusySeconds { get; set; }

    /// <summary>How long collections of garbage held up all threads meanwhile, and in the quiet.</summary>
    public TimeSpan PausedBusy { get; set; }

    /// <inheritdoc cref="PausedBusy"/>
    public TimeSpan PausedQuiet { get; set; }

    /// <summary>A percentile of the rounds' median.</summary>
    /// <param name="rounds">The rounds.</param>
    /// <param name="of">Which state, and which requests.</param>
    /// <param name="percentile">Up to 1.</param>
    /// <returns>Units: µs.</returns>
    public static double Median(IReadOnlyList<ForegroundRound> rounds, Func<ForegroundRound, LatencyHistogram> of, double percentile) =>
        Median(rounds, round => of(round).Percentile(percentile).TotalMicroseconds);

    /// <summary>The median of what rounds say.</summary>
    public static double Median(IReadOnlyList<ForegroundRound> rounds, Func<ForegroundRound, double> of)
    {
        var sorted = rounds.Select(of).Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}

using Shoal.Sync.Configuration;
using Shoal.Sync.Streaming;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: the forecast of the slot's end is what the rate says. Method: looks at made-up times.</summary>
public sealed class SlotForecastTests
{
    private const long MiB = 1 << 20;

    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly SlotForecast _forecast = new();

    [Fact]
    public void A_steady_rate_gives_the_time_that_is_left()
    {
        var left = Enumerable.Range(0, 600).Select(second => _forecast.Look(Start.AddSeconds(second), (1000 - second) * MiB)).ToList()[^1];
        Assert.Equal(401, left!.Value.TotalSeconds, 1.0);
    }

    [Fact]
    public void There_is_none_without_a_bound_at_the_first_look_and_while_log_is_let_go()
    {
        Assert.Null(_forecast.Look(Start, null));
        Assert.Null(_forecast.Look(Start.AddSeconds(1), 100 * MiB));
        Assert.Null(_forecast.Look(Start.AddSeconds(2), 100 * MiB));
        Assert.Null(_forecast.Look(Start.AddSeconds(3), 200 * MiB));
    }

    [Fact]
    public void A_burst_counts_less_and_less()
    {
        _forecast.Look(Start, 1000 * MiB);
        var after = _forecast.Look(Start.AddSeconds(1), 900 * MiB);
        var later = Enumerable.Range(2, 120).Select(second => _forecast.Look(Start.AddSeconds(second), 900 * MiB)).ToList()[^1];
        Assert.True(later > after, $"{later} after {after}");
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(1000L, null, 900.0)]
    [InlineData(null, 50L, 50.0)]
    [InlineData(1000L, 50L, 50.0)]
    [InlineData(90L, 50L, 0.0)]
    public void What_is_left_is_what_the_nearer_bound_leaves(long? size, long? safe, double? left) =>
        Assert.Equal(left, new WalBudgetSettings { Size = size }.BytesLeftOf(100, safe));
}

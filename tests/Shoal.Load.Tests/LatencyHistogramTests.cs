namespace Shoal.Load.Tests;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_at_most_two_per_cent_above_the_exact_ones()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var histogram = new LatencyHistogram();
        var exact = new TimeSpan[20_000];
        for (var index = 0; index < exact.Length; index++)
        {
            exact[index] = TimeSpan.FromTicks((long)Math.Pow(10, random.NextDouble() * 8));
            histogram.Record(exact[index]);
        }

        Array.Sort(exact);
        foreach (var share in (double[])[0.0001, 0.01, 0.5, 0.9, 0.99, 0.999, 1])
        {
            var expected = exact[(int)Math.Ceiling(share * exact.Length) - 1];
            var actual = histogram.Percentile(share);
            Assert.True(actual >= expected && actual.Ticks <= (expected.Ticks * 1.02) + 1,
                $"seed {seed}: p{share * 100} is {actual} instead of {expected}");
        }

        Assert.Equal(exact[^1], histogram.Max);
        Assert.Equal(exact.Length, histogram.Count);
    }

    [Fact]
    public void Adding_gives_what_one_histogram_would_have_counted()
    {
        LatencyHistogram first = new(), second = new(), both = new();
        for (var milliseconds = 1; milliseconds <= 100; milliseconds++)
        {
            (milliseconds % 3 == 0 ? first : second).Record(TimeSpan.FromMilliseconds(milliseconds));
            both.Record(TimeSpan.FromMilliseconds(milliseconds));
        }

        first.Add(second);
        Assert.Equal(both.Count, first.Count);
        Assert.Equal(both.Max, first.Max);
        Assert.Equal(both.Percentile(0.5), first.Percentile(0.5));
    }

    [Fact]
    public void An_empty_one_knows_nothing_and_a_day_is_not_too_long()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.99));
        histogram.Record(TimeSpan.FromDays(1));
        histogram.Record(TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromDays(1), histogram.Max);
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.5));
    }
}

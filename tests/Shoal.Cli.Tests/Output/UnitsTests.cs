using Shoal.Cli.Output;

namespace Shoal.Cli.Tests.Output;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("64kB", 64_000)]
    [InlineData("16MiB", 16 * 1024 * 1024)]
    [InlineData("1.5 GB", 1_500_000_000)]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("2k", 2_000)]
    public void Sizes_are_read(string text, long expected)
    {
        Assert.True(Units.TryParseBytes(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1TB")]
    [InlineData("MB")]
    [InlineData("1e9")]
    [InlineData("999999999999999GB")]
    public void Other_sizes_are_refused(string text) => Assert.False(Units.TryParseBytes(text, out _));

    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("30", 30_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5m", 90_000)]
    [InlineData("1h", 3_600_000)]
    public void Durations_are_read(string text, int expectedMilliseconds)
    {
        Assert.True(Units.TryParseDuration(text, out var duration));
        Assert.Equal(expectedMilliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("25h")]
    [InlineData("soon")]
    public void Other_durations_are_refused(string text) => Assert.False(Units.TryParseDuration(text, out _));

    [Theory]
    [InlineData(999, "999 B")]
    [InlineData(1_000, "1.0 kB")]
    [InlineData(4_096_000, "4.1 MB")]
    [InlineData(5_000_000_000, "5.00 GB")]
    public void Sizes_are_written(long bytes, string expected) => Assert.Equal(expected, Units.Bytes(bytes));
}

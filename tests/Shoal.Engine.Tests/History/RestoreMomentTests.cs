using Shoal.Engine.History;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: a text is taken for a time only if it says the day; what says less must not restore a database to today.</summary>
public sealed class RestoreMomentTests
{
    [Theory]
    [InlineData("2026-01-02", "2026-01-02T00:00:00.0000000+00:00")]
    [InlineData("2026-01-02T03:04Z", "2026-01-02T03:04:00.0000000+00:00")]
    [InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("2026-01-02T03:04:05", "2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("2026-01-02 03:04:05", "2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.6780000+00:00")]
    [InlineData("2026-01-02T03:04:05.1234567+02:00", "2026-01-02T01:04:05.1234567+00:00")]
    [InlineData("1767323045", "2026-01-02T03:04:05.0000000+00:00")]
    public void Times_are_read(string text, string expected)
    {
        Assert.True(RestoreMoment.TryParseTime(text, out var time));
        Assert.Equal(expected, time.ToString("O"));
        Assert.Equal(time, RestoreMoment.Of(text).Time);
    }

    [Theory]
    [InlineData("12:00")]
    [InlineData("1/2/2026")]
    [InlineData("2026-01")]
    [InlineData("2026-13-02")]
    [InlineData("2 Jan 2026")]
    [InlineData("")]
    [InlineData("tomorrow")]
    public void What_is_none_is_not(string text)
    {
        Assert.False(RestoreMoment.TryParseTime(text, out _));
        Assert.Null(RestoreMoment.Of(text).Time);
    }
}

using Shoal.Cli.Databases;

namespace Shoal.Cli.Tests.Databases;

public sealed class ParameterTextTests
{
    [Theory]
    [InlineData("null", null)]
    [InlineData("42", 42L)]
    [InlineData("-42", -42L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", "9223372036854775808")]
    [InlineData("4.25", 4.25)]
    [InlineData("-0.5", -0.5)]
    [InlineData("007", "007")]
    [InlineData("00.5", "00.5")]
    [InlineData("+1", "+1")]
    [InlineData("", "")]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("Zürich", "Zürich")]
    [InlineData("http://example.org", "http://example.org")]
    [InlineData("text:42", "42")]
    [InlineData("text:text:x", "text:x")]
    [InlineData("int:42", 42L)]
    [InlineData("real:42", 42.0)]
    [InlineData("real:1e3", 1000.0)]
    public void A_value_is_what_it_looks_like_or_what_its_prefix_says(string text, object? expected) =>
        Assert.Equal(expected, ParameterText.Parse(text).ToObject());

    [Fact]
    public void A_blob_is_hexadecimal() =>
        Assert.Equal(new byte[] { 0x2a, 0x00, 0xff }, ParameterText.Parse("blob:2a00FF").ToObject());

    [Theory]
    [InlineData("int:x")]
    [InlineData("int:1.5")]
    [InlineData("real:x")]
    [InlineData("real:NaN")]
    [InlineData("blob:2")]
    [InlineData("blob:zz")]
    public void A_prefix_with_something_else_is_refused(string text) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CliException>(() => ParameterText.Parse(text)).ExitCode);
}

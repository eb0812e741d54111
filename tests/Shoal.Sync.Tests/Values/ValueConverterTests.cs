using Shoal.Client;
using Shoal.Sync.Values;

namespace Shoal.Sync.Tests.Values;

public sealed class ValueConverterTests
{
    [Theory]
    [InlineData("2026-01-02 03:04:05+00", "2026-01-02T03:04:05.000000Z")]
    [InlineData("2026-01-02 03:04:05.1234+00", "2026-01-02T03:04:05.123400Z")]
    [InlineData("12026-01-02 03:04:05+00", "12026-01-02T03:04:05.000000Z")]
    [InlineData("infinity", "infinity")]
    [InlineData("0044-03-15 12:00:00+00 BC", "0044-03-15 12:00:00+00 BC")]
    public void A_time_is_text_that_sorts(string text, string expected) =>
        Assert.Equal(expected, Convert("timestamptz", text).ToString());

    [Theory]
    [InlineData("timestamptz", "unixMs", "1970-01-01 00:00:01.5+00", 1500)]
    [InlineData("timestamptz", "unixMs", "1969-12-31 23:59:59.9995+00", -1)]
    [InlineData("timestamp", "unixSec", "2026-11-21 00:00:00", 1795219200)]
    [InlineData("timestamptz", "unixUs", "0001-01-01 00:00:00+00 BC", -62167219200000000)]
    [InlineData("timestamptz", "unixUs", "infinity", long.MaxValue)]
    [InlineData("date", "days", "1970-01-02", 1)]
    [InlineData("date", "days", "2000-02-29", 11016)]
    [InlineData("date", "days", "5874897-12-31", 2145042905)]
    [InlineData("numeric", "integerScaled:2", "-12.5", -1250)]
    [InlineData("numeric", "integerScaled:2", "3.140", 314)]
    [InlineData("numeric", "integerScaled:0", "7", 7)]
    [InlineData("int8", null, "-9223372036854775808", long.MinValue)]
    [InlineData("bool", null, "t", 1)]
    public void Numbers_are_exact(string type, string? option, string text, long expected) =>
        Assert.Equal((SqlValue)expected, Convert(type, text, option));

    [Theory]
    [InlineData("int4", "{1,NULL,-3}", "[1,null,-3]")]
    [InlineData("text", """{"a,b","NULL",NULL,"q\"\\","",ü}""", """["a,b","NULL",null,"q\"\\","","ü"]""")]
    [InlineData("int4", "{{1,2},{3,4}}", "[[1,2],[3,4]]")]
    [InlineData("int4", "[0:1]={5,6}", "[5,6]")]
    [InlineData("int4", "{}", "[]")]
    [InlineData("float8", "{1.5,NaN}", "[1.5,null]")]
    [InlineData("bool", "{t,f}", "[1,0]")]
    public void An_array_keeps_its_shape(string type, string text, string expected) => Assert.Equal(expected,
        ValueConverter.Convert(text, TypeMap.Of(type, isArray: true, ',', null)!).ToString());

    [Fact]
    public void What_a_form_can_not_hold_is_refused()
    {
        Assert.Throws<FormatException>(() => Convert("numeric", "1.234", "integerScaled:2"));
        Assert.Throws<FormatException>(() => Convert("numeric", "NaN", "integerScaled:2"));
        Assert.Throws<OverflowException>(() => Convert("numeric", "99999999999999999999", "integerScaled:2"));
        Assert.Null(TypeMap.Of("text", isArray: false, ',', "unixMs"));
    }

    private static SqlValue Convert(string type, string text, string? option = null) =>
        ValueConverter.Convert(text, TypeMap.Of(type, isArray: false, ',', option)!);
}

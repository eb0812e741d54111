using System.Text;
using Shoal.Server.D1;

namespace Shoal.Server.Tests.D1;

public sealed class JavaScriptNumberTests
{
    // What node prints for String(x).
    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(123456.789, "123456.789")]
    [InlineData(1e15, "1000000000000000")]
    [InlineData(1.5e15, "1500000000000000")]
    [InlineData(123456789012345680, "123456789012345680")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(999999999999999900000d, "999999999999999900000")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.234e25, "1.234e+25")]
    [InlineData(-1e100, "-1e+100")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(0.00000123, "0.00000123")]
    [InlineData(1e-7, "1e-7")]
    [InlineData(1.5e-7, "1.5e-7")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(2.2250738585072014e-308, "2.2250738585072014e-308")]
    [InlineData(2251799813685248.5, "2251799813685248.5")]
    public void A_number_has_the_text_that_javascript_gives_it(double value, string expected)
    {
        Assert.Equal(expected, Format(value));
    }

    [Fact]
    public void Any_number_reads_back_as_the_same_number()
    {
        var seed = Environment.TickCount;
#pragma warning disable CA5394 // reproducible on purpose
        var random = new Random(seed);
        for (var round = 0; round < 100_000; round++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                var text = Format(value);
                Assert.True(double.Parse(text, System.Globalization.CultureInfo.InvariantCulture).Equals(value),
                    $"seed {seed}: {value:R} became {text}");
            }
        }
#pragma warning restore CA5394
    }

    private static string Format(double value)
    {
        Span<byte> bytes = stackalloc byte[JavaScriptNumber.BytesMax];
        return Encoding.ASCII.GetString(bytes[..JavaScriptNumber.Format(value, bytes)]);
    }
}

using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Shoal.Protocol.Csv;

namespace Shoal.Engine.Tests.Transfer;

public sealed class CanonicalNumberTests
{
    [Theory]
    [InlineData("0", NumberKind.Integer)]
    [InlineData("-1", NumberKind.Integer)]
    [InlineData("9223372036854775807", NumberKind.Integer)]
    [InlineData("-9223372036854775808", NumberKind.Integer)]
    [InlineData("9223372036854775808", NumberKind.None)]
    [InlineData("-0", NumberKind.None)]
    [InlineData("007", NumberKind.None)]
    [InlineData("+1", NumberKind.None)]
    [InlineData("1 ", NumberKind.None)]
    [InlineData("", NumberKind.None)]
    [InlineData("-", NumberKind.None)]
    [InlineData("0.5", NumberKind.Real)]
    [InlineData("-12.25", NumberKind.Real)]
    [InlineData("0.0001", NumberKind.Real)]
    [InlineData("0.00001", NumberKind.None)]
    [InlineData("1E-05", NumberKind.Real)]
    [InlineData("1e5", NumberKind.None)]
    [InlineData("1.0", NumberKind.None)]
    [InlineData("1.50", NumberKind.None)]
    [InlineData(".5", NumberKind.None)]
    [InlineData("5.", NumberKind.None)]
    [InlineData("0.30000000000000004", NumberKind.Real)]
    [InlineData("0.1234567890123456789", NumberKind.None)]
    [InlineData("123456789012345.5", NumberKind.Real)]
    [InlineData("1.2.3", NumberKind.None)]
    [InlineData("12 Main Street", NumberKind.None)]
    [InlineData("2026-11-21", NumberKind.None)]
    public void Only_what_reads_back_the_same_is_a_number(string text, NumberKind kind) =>
        Assert.Equal(kind, CanonicalNumber.Read(Encoding.UTF8.GetBytes(text), out _, out _));

    /// <summary>
    /// Goal: the quick ways find exactly what parsing, writing and comparing finds.
    /// Method: random texts from the characters of numbers, most of them nearly numbers.
    /// </summary>
    [Fact]
    public void The_quick_ways_agree_with_the_slow_one()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 300_000; round++)
        {
            var text = Encoding.ASCII.GetBytes(Text(random));
            var kind = CanonicalNumber.Read(text, out var integer, out var real);
            var expected = Slowly(text, out var expectedInteger, out var expectedReal);
            Assert.True(
                kind == expected
                && (kind != NumberKind.Integer || integer == expectedInteger)
                && (kind != NumberKind.Real
                    || BitConverter.DoubleToInt64Bits(real) == BitConverter.DoubleToInt64Bits(expectedReal)),
                $"seed {seed}: '{Encoding.ASCII.GetString(text)}' is {kind} instead of {expected}");
        }
    }

    private static string Text(Random random) => random.Next(4) switch
    {
        0 => random.NextInt64(1L << random.Next(1, 63)).ToString(CultureInfo.InvariantCulture),
        1 => (random.NextDouble() * Math.Pow(10, random.Next(-8, 20))).ToString("R", CultureInfo.InvariantCulture),
        2 => Math.Round(random.NextDouble() * Math.Pow(10, random.Next(0, 8)), random.Next(0, 9))
            .ToString("F" + random.Next(0, 9), CultureInfo.InvariantCulture),
        _ => new string([.. Enumerable.Range(0, random.Next(1, 22)).Select(_ => "0123456789000..-E+"[random.Next(18)])]),
    };

    private static NumberKind Slowly(ReadOnlySpan<byte> text, out long integer, out double real)
    {
        Span<byte> written = stackalloc byte[32];
        real = 0;
        var starts = text.Length is > 0 and <= 24 && text[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9');
        if (Utf8Parser.TryParse(text, out integer, out var used) && used == text.Length && starts)
        {
            return Utf8Formatter.TryFormat(integer, written, out var length) && text.SequenceEqual(written[..length])
                ? NumberKind.Integer
                : NumberKind.None;
        }

        return starts && Utf8Parser.TryParse(text, out real, out used) && used == text.Length
            && real.TryFormat(written, out var bytes, "R", CultureInfo.InvariantCulture)
            && text.SequenceEqual(written[..bytes])
            ? NumberKind.Real
            : NumberKind.None;
    }
}

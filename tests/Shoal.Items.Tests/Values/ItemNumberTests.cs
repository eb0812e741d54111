using System.Globalization;
using System.Numerics;
using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Values;

public sealed class ItemNumberTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0.00", "0")]
    [InlineData("+5", "5")]
    [InlineData("0012.3400", "12.34")]
    [InlineData("1e3", "1000")]
    [InlineData("1E-3", "0.001")]
    [InlineData("-.5", "-0.5")]
    [InlineData("5.", "5")]
    [InlineData("99999999999999999999999999999999999999", "99999999999999999999999999999999999999")]
    [InlineData("1000000000000000000000000000000000000000000", "1000000000000000000000000000000000000000000")]
    public void Numbers_are_normalised_without_exponent(string text, string expected) =>
        Assert.Equal(expected, ItemNumber.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1-2")]
    [InlineData("1e")]
    [InlineData("e5")]
    [InlineData("NaN")]
    [InlineData("0x10")]
    [InlineData(" 1")]
    [InlineData("1.2.3")]
    public void Other_texts_are_no_numbers(string text) =>
        Assert.Equal(NumberStatus.NotANumber, ItemNumber.TryParse(text, out _));

    [Theory]
    [InlineData("1e126", NumberStatus.Overflow)]
    [InlineData("-123456789e118", NumberStatus.Overflow)]
    [InlineData("1e-131", NumberStatus.Underflow)]
    [InlineData("1e999999999999", NumberStatus.Overflow)]
    [InlineData("123456789012345678901234567890123456789", NumberStatus.TooPrecise)]
    [InlineData("1e125", NumberStatus.Ok)]
    [InlineData("1e-130", NumberStatus.Ok)]
    [InlineData("123456789012345678901234567890123456780", NumberStatus.Ok)]
    public void Limits_are_those_of_the_text_with_one_reason_each(string text, NumberStatus expected) =>
        Assert.Equal(expected, ItemNumber.TryParse(text, out _));

    [Fact]
    public void Sums_and_order_agree_with_exact_integers()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            var (first, firstScaled) = Next(random);
            var (second, secondScaled) = Next(random);
            Assert.Equal(Math.Sign(firstScaled.CompareTo(secondScaled)), Math.Sign(first.CompareTo(second)));
            Assert.Equal(Math.Sign(firstScaled.CompareTo(secondScaled)), Math.Sign(
                KeyEncoding.Encode(AttributeValue.Number(first)).AsSpan()
                    .SequenceCompareTo(KeyEncoding.Encode(AttributeValue.Number(second)))));
            var status = ItemNumber.TryAdd(first, second, out var sum);
            var expected = (firstScaled + secondScaled).ToString(CultureInfo.InvariantCulture).TrimStart('-').TrimEnd('0');
            Assert.Equal(expected.Length > ItemNumber.DigitsMax, status == NumberStatus.TooPrecise);
            if (status == NumberStatus.Ok)
            {
                Assert.Equal(firstScaled + secondScaled, Scale(sum.ToString()));
            }
        }
    }

    [Fact]
    public void Two_to_the_53_plus_one_stays_exact()
    {
        Assert.Equal(NumberStatus.Ok, ItemNumber.TryAdd(ItemNumber.Parse("9007199254740992"), ItemNumber.FromInteger(1), out var sum));
        Assert.Equal("9007199254740993", sum.ToString());
        Assert.Equal(9007199254740993, sum.ToInteger());
    }

    /// <summary>A number of any size, and the same times 10^60.</summary>
    private static (ItemNumber Number, BigInteger Scaled) Next(Random random)
    {
        var digits = random.Next(1, 39);
        var text = string.Concat(Enumerable.Range(0, digits).Select(_ => (char)('0' + random.Next(10))));
        var exponent = random.Next(-20, 20);
        var sign = random.Next(2) == 0 ? "" : "-";
        return (ItemNumber.Parse($"{sign}{text}e{exponent}"),
            BigInteger.Parse(sign + text, CultureInfo.InvariantCulture) * BigInteger.Pow(10, 60 + exponent));
    }

    private static BigInteger Scale(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var places = point < 0 ? 0 : text.Length - point - 1;
        return BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)
            * BigInteger.Pow(10, 60 - places);
    }
}

using System.Globalization;
using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Storage;

/// <summary>
/// Goal: keys as bytes are in DynamoDB's order of their values: numbers by value, texts by UTF-8, bytes unsigned. Method: random
/// pairs from a printed seed, many of them close to each other.
/// </summary>
public sealed class KeyOrderTests
{
    private const int Pairs = 20_000;

    [Fact]
    public void Numbers_are_ordered_by_value_over_the_whole_range() => Check(RandomNumber);

    [Fact]
    public void Texts_are_ordered_by_code_points() => Check(RandomText);

    [Fact]
    public void Bytes_are_ordered_unsigned() => Check(static random =>
    {
        var bytes = new byte[random.Next(1, 4)];
        random.NextBytes(bytes);
        return AttributeValue.Bytes(bytes);
    });

    private static void Check(Func<Random, AttributeValue> next)
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var pair = 0; pair < Pairs; pair++)
        {
            var (first, second) = (next(random), next(random));
            Assert.True(Math.Sign(first.CompareTo(second)!.Value)
                == Math.Sign(KeyEncoding.Encode(first).AsSpan().SequenceCompareTo(KeyEncoding.Encode(second))),
                $"{first} and {second}");
        }
    }

    private static AttributeValue RandomNumber(Random random)
    {
        var digits = string.Concat(Enumerable.Range(0, random.Next(4) == 0 ? random.Next(1, 39) : random.Next(1, 4))
            .Select(_ => (char)('0' + random.Next(random.Next(2) == 0 ? 2 : 10))));
        var exponent = random.Next(3) switch
        {
            0 => random.Next(-3, 3),
            1 => random.Next(-130, -88),
            _ => random.Next(60, 88),
        };
        var text = string.Create(CultureInfo.InvariantCulture, $"{(random.Next(2) == 0 ? "-" : "")}{digits}e{exponent}");
        return AttributeValue.Number(ItemNumber.TryParse(text, out var number) == NumberStatus.Ok ? number : ItemNumber.Zero);
    }

    private static AttributeValue RandomText(Random random)
    {
        string[] pieces = ["a", "b", "\u007f", "\u0080", "é", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0001F600", "\U0010FFFF"];
        return AttributeValue.Text(string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => pieces[random.Next(pieces.Length)])));
    }
}

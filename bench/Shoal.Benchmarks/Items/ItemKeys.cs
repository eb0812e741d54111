using System.Globalization;

namespace Shoal.Benchmarks.Items;

/// <summary>The keys of a call: 100,000 items in partitions of 25; a batch is a partition.</summary>
internal static class ItemKeys
{
    public const string Table = "bench";
    public const int Count = 100_000;
    public static readonly string Payload = new('x', 160);

    public static (string Partition, int Sort) One(int number) =>
        (string.Create(CultureInfo.InvariantCulture, $"key-{number % Count / 25:D9}"), number % 25);

    public static IEnumerable<(string Partition, int Sort)> Batch(int number)
    {
        var first = number % (Count / 25) * 25;
        return Enumerable.Range(first, 25).Select(One);
    }
}

using System.Globalization;

namespace Shoal.Benchmarks.Items;

/// <summary>The keys of a call: 100,000 items, each batch its own 25 that lie together.</summary>
internal static class ItemKeys
{
    public const string Table = "bench";
    public const int Count = 100_000;
    public static readonly string Payload = new('x', 160);

    public static string One(int number) => string.Create(CultureInfo.InvariantCulture, $"key-{number % Count:D9}");

    public static IEnumerable<string> Batch(int number)
    {
        var first = number % (Count / 25) * 25;
        return Enumerable.Range(first, 25).Select(One);
    }
}

using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>How much databases stored on average over a span of time: what D1 bills by the GB-month.</summary>
public static class StorageAverage
{
    /// <summary>The average of the sum over databases. Units: bytes.</summary>
    /// <param name="rows">Changes of sizes, also those before the span.</param>
    /// <param name="from">Begin of the span.</param>
    /// <param name="to">End of the span, later than its begin.</param>
    public static double Of(IEnumerable<StorageRow> rows, DateTimeOffset from, DateTimeOffset to) =>
        rows.GroupBy(static row => row.Database).Sum(group => OfOne(group, from, to));

    private static double OfOne(IGrouping<DatabaseId, StorageRow> rows, DateTimeOffset from, DateTimeOffset to)
    {
        double sum = 0;
        StorageRow? before = null;
        foreach (var row in rows.Where(row => row.Bucket < to).OrderBy(static row => row.Bucket))
        {
            sum += Part(before, row.Bucket);
            before = row;
        }

        return (sum + Part(before, to)) / (to - from).TotalSeconds;

        double Part(StorageRow? size, DateTimeOffset end)
        {
            if (size is null || end <= from)
            {
                return 0;
            }

            var begin = size.Bucket > from ? size.Bucket : from;
            return size.Bytes * (end - begin).TotalSeconds;
        }
    }
}

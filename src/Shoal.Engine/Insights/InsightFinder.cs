using System.Globalization;
using Shoal.Engine.Usage;
using Shoal.Protocol;

namespace Shoal.Engine.Insights;

/// <summary>Looks at what statements have cost, and says what would be better.</summary>
internal sealed class InsightFinder(DatabaseId database, IReadOnlyList<UsageRow> statements, SchemaCopy copy)
{
    public IReadOnlyList<Insight> Find(CancellationToken cancellation)
    {
        var scans = statements.Where(ReadsTooMuch).OrderByDescending(row => row.Sums.RowsRead).Take(InsightLimits.StatementsMax);
        var indexes = new Dictionary<string, (IndexTrial Trial, List<UsageRow> Rows)>(StringComparer.Ordinal);
        var insights = new List<Insight>();
        foreach (var row in scans)
        {
            cancellation.ThrowIfCancellationRequested();
            if (IndexAdvisor.Find(copy, row.Statement!) is { } trial)
            {
                if (!indexes.TryAdd(trial.Sql, (trial, [row])))
                {
                    indexes[trial.Sql].Rows.Add(row);
                }
            }
        }

        insights.AddRange(indexes.Values.Select(each => ForIndex(each.Trial, each.Rows)));
        insights.AddRange(statements.Where(IsRowByRow).OrderByDescending(row => row.Sums.Alone).Select(ForBatching));
        return insights;
    }

    private static bool ReadsTooMuch(UsageRow row) =>
        row.Statement is not null
        && row.Sums.RowsRead >= InsightLimits.RowsReadMin
        && row.Sums.RowsRead >= InsightLimits.RowsReadPerRunMin * row.Sums.Count
        && row.Sums.RowsRead >= InsightLimits.RowsReadPerRowMin * (row.Sums.RowsReturned + row.Sums.Changes);

    private static bool IsRowByRow(UsageRow row) =>
        row.Statement is { } text
        && WriteTarget.Of(text) is not null
        && row.Sums.Alone >= InsightLimits.AloneMin
        && row.Sums.AlonePeak >= InsightLimits.AlonePeakMin
        && row.Sums.Changes <= row.Sums.Count;

    private Insight ForIndex(IndexTrial trial, List<UsageRow> rows)
    {
        var readNow = rows.Sum(row => row.Sums.RowsRead);
        var readThen = rows.Sum(row => EstimateRead(trial, row.Sums));
        var written = RowsWrittenTo(trial.Table);
        var time = TimeSpan.FromTicks(rows.Sum(row => row.Sums.SqlTime.Ticks));
        var saved = readNow == 0 ? TimeSpan.Zero : time * ((double)(readThen - readNow) / readNow);
        var worst = rows[0].Sums;
        var basis = copy.HasRows ? "a copy of the database" : "a copy of the database's schema and statistics";
        var billing = written * 1_000L > readNow - readThen
            ? " In D1's prices a row written costs as much as 1,000 rows read, so this index makes reads faster but the bill higher."
            : "";
        return new Insight(
            database,
            $"{Count(rows.Count, "statement")} on {trial.Table} could use an index on {string.Join(", ", trial.Columns)}.",
            string.Create(CultureInfo.InvariantCulture,
                $"It ran {worst.Count:N0} times and read {worst.RowsRead / worst.Count:N0} rows per run for {PerRun(worst)} returned or ")
            + $"changed. Tried on {basis}: with the index the plan is \"{trial.PlanLine}\". The numbers are estimates."
            + billing,
            [
                new InsightSuggestion(InsightSuggestion.IndexCreation, trial.Sql,
                    string.Create(CultureInfo.InvariantCulture,
                        $"Reads about {readNow - readThen:N0} rows less, and writes about {written:N0} more for the index."),
                    readThen - readNow, written, saved),
            ],
            [.. rows.Select(Describe)]);
    }

    private Insight ForBatching(UsageRow row)
    {
        var sums = row.Sums;
        var perRequest = sums.Time / sums.Alone;
        var overhead = perRequest - (sums.SqlTime / sums.Count);
        overhead = overhead > TimeSpan.Zero ? overhead : TimeSpan.Zero;
        var trips = sums.Alone - ((sums.Alone + InsightLimits.BatchRows - 1) / InsightLimits.BatchRows);
        var saved = overhead * trips;
        return new Insight(
            database,
            FormattableString.Invariant(
                $"The same statement for one row came {sums.Alone:N0} times alone in a request, {sums.AlonePeak:N0} in ten seconds."),
            string.Join(' ',
                FormattableString.Invariant($"A request took {perRequest.TotalMilliseconds:0.##} ms in the server,"),
                FormattableString.Invariant($"{overhead.TotalMilliseconds:0.##} ms of it for the request and its commit."),
                FormattableString.Invariant($"In batches of {InsightLimits.BatchRows} that is {trips:N0} round trips"),
                FormattableString.Invariant($"and {saved.TotalSeconds:0.##} s less, the network not counted."),
                "The bill stays as it is: D1 bills rows, not requests."),
            [
                new InsightSuggestion(InsightSuggestion.Batching, row.Statement!,
                    "Send many of them in one request, with batch() or several rows in VALUES: "
                    + FormattableString.Invariant($"{trips:N0} round trips less; rows read and written stay the same."),
                    RowsRead: 0, RowsWritten: 0, -saved),
            ],
            [Describe(row)]);
    }

    /// <summary>Two per row that a look-up finds: the entry of the index and the row.</summary>
    private static long EstimateRead(IndexTrial trial, in UsageSums sums)
    {
        var found = (sums.RowsReturned + sums.Changes) / (double)Math.Max(sums.Count, 1);
        var perRun = 2 * Math.Max(trial.RowsPerLookUp ?? 1, found);
        return Math.Min(sums.RowsRead, (long)Math.Ceiling(perRun * sums.Count));
    }

    /// <summary>Each row that is written to a table writes an entry of each of its indexes, at most.</summary>
    private long RowsWrittenTo(string table) => statements
        .Where(row => row.Statement is { } text && table.Equals(WriteTarget.Of(text), StringComparison.OrdinalIgnoreCase))
        .Sum(row => row.Sums.Changes);

    private static InsightQuery Describe(UsageRow row) =>
        new(row.StatementId!, row.Statement!, row.Sums.RowsRead + row.Sums.RowsWritten);

    private static string PerRun(in UsageSums sums) =>
        ((sums.RowsReturned + sums.Changes) / (double)sums.Count).ToString("N1", CultureInfo.InvariantCulture);

    private static string Count(int count, string noun) => count == 1 ? $"One {noun}"
        : $"{count.ToString(CultureInfo.InvariantCulture)} {noun}s";
}

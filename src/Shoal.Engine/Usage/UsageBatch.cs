using System.Text;
using Shoal.Engine.Requests;

namespace Shoal.Engine.Usage;

/// <summary>Turns usage into the statements that add it.</summary>
internal static class UsageBatch
{
    private static readonly ReadOnlyMemory<byte> AddBucket = Encoding.UTF8.GetBytes(UsageSchema.AddBucket);
    private static readonly ReadOnlyMemory<byte> AddDatabase = Encoding.UTF8.GetBytes(UsageSchema.AddDatabase);
    private static readonly ReadOnlyMemory<byte> AddToken = Encoding.UTF8.GetBytes(UsageSchema.AddToken);
    private static readonly ReadOnlyMemory<byte> AddStatement = Encoding.UTF8.GetBytes(UsageSchema.AddStatement);
    private static readonly ReadOnlyMemory<byte> AddRequests = Encoding.UTF8.GetBytes(UsageSchema.AddRequests);
    private static readonly ReadOnlyMemory<byte> AddStatements = Encoding.UTF8.GetBytes(UsageSchema.AddStatements);
    private static readonly ReadOnlyMemory<byte> AddSize = Encoding.UTF8.GetBytes(UsageSchema.AddSize);

    public static List<SqlBatchItem> Of(IReadOnlyList<RequestUsage> requests, IReadOnlyList<StatementUsage> statements,
        bool mayAddTexts, int statementsPerBucketMax)
    {
        var items = new List<SqlBatchItem>();
        foreach (var hour in requests.Select(row => row.Hour).Concat(statements.Select(row => row.Hour)).Distinct())
        {
            items.Add(new SqlBatchItem(AddBucket, new[] { Seconds(hour) }));
        }

        foreach (var row in requests.DistinctBy(row => row.Database))
        {
            items.Add(new SqlBatchItem(AddDatabase,
                new[] { SqlValue.Blob(row.Database.Value.ToByteArray()), SqlValue.Text(row.Account), SqlValue.Text(row.Name) }));
        }

        foreach (var row in requests.DistinctBy(row => row.TokenId, StringComparer.Ordinal))
        {
            items.Add(new SqlBatchItem(AddToken, new[] { SqlValue.Text(row.TokenId), SqlValue.Text(row.TokenName) }));
        }

        items.AddRange(requests.Select(Requests));
        items.AddRange(requests.Where(row => row.SizeBytes > 0).Select(row => new SqlBatchItem(AddSize,
            new[] { SqlValue.Blob(row.Database.Value.ToByteArray()), Seconds(row.Hour), SqlValue.Integer(row.SizeBytes) })));
        if (mayAddTexts)
        {
            items.AddRange(statements.Select(row => row.Statement).OfType<StatementFingerprint>()
                .DistinctBy(statement => statement.Text, StringComparer.Ordinal).Select(statement => new SqlBatchItem(
                    AddStatement, new[] { SqlValue.Blob(statement.Hash), SqlValue.Text(statement.Text) })));
        }

        items.AddRange(statements.Select(row => Statements(row, statementsPerBucketMax)));
        return items;
    }

    public static SqlValue Seconds(DateTimeOffset instant) => SqlValue.Integer(instant.ToUnixTimeSeconds());

    private static SqlBatchItem Requests(RequestUsage row) => new(AddRequests, new[]
    {
        Seconds(row.Hour), SqlValue.Blob(row.Database.Value.ToByteArray()), SqlValue.Text(row.TokenId),
        SqlValue.Integer(row.Sums.Count), SqlValue.Integer(row.Sums.Errors), SqlValue.Integer(row.Sums.Reads),
        SqlValue.Integer(row.Sums.Writes), SqlValue.Integer(row.Sums.RowsRead), SqlValue.Integer(row.Sums.RowsWritten),
        SqlValue.Integer(row.Sums.RowsReturned), SqlValue.Integer(row.Sums.Changes),
        SqlValue.Integer(row.Sums.ResponseBytes), Microseconds(row.Sums.SqlTime), Microseconds(row.Sums.Time),
    });

    private static SqlBatchItem Statements(StatementUsage row, int statementsPerBucketMax) => new(AddStatements, new[]
    {
        SqlValue.Integer(row.Sums.Count), SqlValue.Integer(row.Sums.Errors), SqlValue.Integer(row.Sums.Reads),
        SqlValue.Integer(row.Sums.Writes), SqlValue.Integer(row.Sums.RowsRead), SqlValue.Integer(row.Sums.RowsWritten),
        SqlValue.Integer(row.Sums.RowsReturned), SqlValue.Integer(row.Sums.Changes),
        Microseconds(row.Sums.SqlTime), Microseconds(row.Sums.Time), SqlValue.Integer(row.Sums.Alone),
        SqlValue.Integer(row.Sums.AlonePeak),
        Seconds(row.Hour), SqlValue.Blob(row.Database.Value.ToByteArray()),
        row.Statement is { } statement ? SqlValue.Blob(statement.Hash) : SqlValue.Null,
        SqlValue.Integer(statementsPerBucketMax),
    });

    private static SqlValue Microseconds(TimeSpan time) => SqlValue.Integer(time.Ticks / TimeSpan.TicksPerMicrosecond);
}

using System.Text;
using System.Text.Json;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>Asks the usage database, and reads its answers.</summary>
internal static class UsageReader
{
    private const int GroupColumns = 8;

    /// <summary>Past this many databases it is cheaper to read all of a bucket than to look each of them up.</summary>
    private const int LookUpsMax = 20;

    private const string DayOfBucket = "u.bucket / 86400 * 86400";

    /// <summary>An id's bytes are stored as .NET orders them: the first three of its groups backwards.</summary>
    private const string DatabaseText =
        """
        hex(substr(d.uuid, 4, 1)) || hex(substr(d.uuid, 3, 1)) || hex(substr(d.uuid, 2, 1)) || hex(substr(d.uuid, 1, 1))
        || hex(substr(d.uuid, 6, 1)) || hex(substr(d.uuid, 5, 1)) || hex(substr(d.uuid, 8, 1)) || hex(substr(d.uuid, 7, 1))
        || hex(substr(d.uuid, 9))
        """;

    public static SqlBatchItem Statement(UsageQuery query)
    {
        var byToken = query.GroupBy.HasFlag(UsageGrouping.Token);
        var byStatement = query.GroupBy.HasFlag(UsageGrouping.Statement);
        var byDatabase = query.GroupBy.HasFlag(UsageGrouping.Database);
        var ofStatements = byStatement || query.IsOfStatements;
        var bucket = query.GroupBy.HasFlag(UsageGrouping.Bucket) ? "u.bucket"
            : query.GroupBy.HasFlag(UsageGrouping.Day) ? DayOfBucket
            : null;
        var sql = new StringBuilder("SELECT ");
        sql.Append(byDatabase ? "d.uuid, d.name, d.deleted, " : "NULL, NULL, 0, ");
        sql.Append(byToken ? "t.token, t.name, " : "NULL, NULL, ");
        sql.Append(byStatement ? "s.hash, s.sql, " : "NULL, NULL, ");
        sql.Append(bucket ?? "NULL").Append(", ");
        sql.Append("""
            sum(u.count), sum(u.errors), sum(u.reads), sum(u.writes), sum(u.rows_read), sum(u.rows_written),
            sum(u.rows_returned), sum(u.changes),
            """);
        sql.Append(ofStatements ? " 0, " : " sum(u.response_bytes), ");
        sql.Append("sum(u.sql_us), sum(u.time_us), ");
        sql.Append(ofStatements ? "sum(u.alone), max(u.alone_peak) " : "0, 0 ");
        var usage = ofStatements ? "statement_usage" : "request_usage";
        sql.Append(query.Databases?.Count <= LookUpsMax
            ? $"FROM buckets b CROSS JOIN databases d CROSS JOIN {usage} u ON u.bucket = b.start AND u.database = d.id "
            : $"FROM buckets b CROSS JOIN {usage} u ON u.bucket = b.start CROSS JOIN databases d ON d.id = u.database ");
        sql.Append(byToken ? "JOIN tokens t ON t.id = u.token " : "");
        sql.Append(ofStatements ? "LEFT JOIN statements s ON s.id = u.statement " : "");
        sql.Append("WHERE b.start BETWEEN ? AND ? AND d.account = ? ");
        sql.Append(AmongDatabases(query));
        string?[] groups =
            [byDatabase ? "u.database" : null, byToken ? "u.token" : null, byStatement ? "u.statement" : null, bucket];
        var keys = string.Join(", ", groups.OfType<string>());
        var order = string.Concat(query.OrderBy.Select(each => Order(each, ofStatements)));
        sql.Append(keys.Length > 0 ? $"GROUP BY {keys} ORDER BY {order}sum(u.rows_read) DESC, sum(u.count) DESC, {keys} " : "");
        sql.Append(keys.Length > 0 ? "LIMIT ?" : "HAVING count(*) > 0 LIMIT ?");
        return new SqlBatchItem(sql.ToString(),
        [
            UsageBatch.Seconds(query.From), UsageBatch.Seconds(query.To), SqlValue.Text(query.Account),
            .. DatabaseParameters(query), SqlValue.Integer(query.RowsMax),
        ]);
    }

    public static IReadOnlyList<UsageRow> Read(UsageQuery query, IReadOnlyList<SqlValue[]> rows) =>
        [.. rows.Select(row => Row(row, query.GroupBy.HasFlag(UsageGrouping.Database)))];

    /// <remarks>The last size before the span holds at its beginning.</remarks>
    public static SqlBatchItem StorageStatement(UsageQuery query) => new(
        $"""
        SELECT d.uuid, z.bucket, z.bytes FROM databases d CROSS JOIN sizes z ON z.database = d.id AND z.bucket <= ?
          AND z.bucket >= coalesce((SELECT max(bucket) FROM sizes WHERE database = d.id AND bucket < ?), ?)
        WHERE d.account = ? {AmongDatabases(query)}ORDER BY z.bucket, d.id
        """,
        [
            UsageBatch.Seconds(query.To), UsageBatch.Seconds(query.From), UsageBatch.Seconds(query.From),
            SqlValue.Text(query.Account), .. DatabaseParameters(query),
        ]);

    public static IReadOnlyList<StorageRow> ReadStorage(IReadOnlyList<SqlValue[]> rows) =>
        [.. rows.Select(row => new StorageRow(IdOf(row[0]), Instant(row[1]), row[2].AsInteger))];

    private static string Order(UsageOrder order, bool ofStatements)
    {
        var value = order.By switch
        {
            UsageOrderKey.Count => "sum(u.count)",
            UsageOrderKey.Reads => "sum(u.reads)",
            UsageOrderKey.Writes => "sum(u.writes)",
            UsageOrderKey.RowsRead => "sum(u.rows_read)",
            UsageOrderKey.RowsWritten => "sum(u.rows_written)",
            UsageOrderKey.RowsReturned => "sum(u.rows_returned)",
            UsageOrderKey.ResponseBytes => ofStatements ? "NULL" : "sum(u.response_bytes)",
            UsageOrderKey.SqlTime => "sum(u.sql_us)",
            UsageOrderKey.Time => "sum(u.time_us)",
            UsageOrderKey.Database => $"max({DatabaseText})",
            UsageOrderKey.Statement => ofStatements ? "max(s.sql)" : "NULL",
            UsageOrderKey.Bucket => "max(u.bucket)",
            UsageOrderKey.Day => $"max({DayOfBucket})",
        };
        return value + (order.IsAverage ? " * 1.0 / sum(u.count)" : "") + (order.IsDescending ? " DESC, " : ", ");
    }

    private static string AmongDatabases(UsageQuery query) =>
        query.Databases is null ? "" : "AND d.uuid IN (SELECT unhex(value) FROM json_each(?)) ";

    private static SqlValue[] DatabaseParameters(UsageQuery query) => query.Databases is null
        ? []
        : [SqlValue.Text(JsonSerializer.Serialize(query.Databases.Select(id => Convert.ToHexString(id.Value.ToByteArray())).ToArray()))];

    private static UsageRow Row(SqlValue[] row, bool hasDatabase) => new(
        hasDatabase ? IdOf(row[0]) : null,
        TextOf(row[1]),
        row[2].AsInteger != 0,
        TextOf(row[3]),
        TextOf(row[4]),
        row[5].Kind == SqlValueKind.Null ? null : Convert.ToHexStringLower(row[5].AsBytes.Span),
        TextOf(row[6]),
        row[7].Kind == SqlValueKind.Null ? null : Instant(row[7]),
        Sums(row.AsSpan(GroupColumns)));

    private static UsageSums Sums(ReadOnlySpan<SqlValue> row) => new()
    {
        Count = row[0].AsInteger,
        Errors = row[1].AsInteger,
        Reads = row[2].AsInteger,
        Writes = row[3].AsInteger,
        RowsRead = row[4].AsInteger,
        RowsWritten = row[5].AsInteger,
        RowsReturned = row[6].AsInteger,
        Changes = row[7].AsInteger,
        ResponseBytes = row[8].AsInteger,
        SqlTime = TimeSpan.FromMicroseconds(row[9].AsInteger),
        Time = TimeSpan.FromMicroseconds(row[10].AsInteger),
        Alone = row[11].AsInteger,
        AlonePeak = row[12].AsInteger,
    };

    private static DatabaseId IdOf(SqlValue value) => new(new Guid(value.AsBytes.Span));

    private static DateTimeOffset Instant(SqlValue value) => DateTimeOffset.FromUnixTimeSeconds(value.AsInteger);

    private static string? TextOf(SqlValue value) =>
        value.Kind == SqlValueKind.Null ? null : Encoding.UTF8.GetString(value.AsBytes.Span);
}

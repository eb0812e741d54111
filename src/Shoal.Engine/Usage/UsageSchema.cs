namespace Shoal.Engine.Usage;

/// <summary>Tables and statements of the usage database.</summary>
/// <remarks>
/// Usage is by bucket: an hour, or a day that was put together from hours (<c>buckets.hours</c>). Statement 0 is "other". A size
/// holds from the hour in which it changed until the next one of its database. Times are in microseconds, buckets in seconds since
/// 1970, both UTC.
/// </remarks>
internal static class UsageSchema
{
    public const string Tables =
        """
        CREATE TABLE IF NOT EXISTS databases(
          id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, account TEXT NOT NULL, name TEXT NOT NULL,
          deleted INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE TABLE IF NOT EXISTS tokens(id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS statements(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, sql TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS buckets(start INTEGER PRIMARY KEY, hours INTEGER NOT NULL DEFAULT 1) STRICT;
        CREATE TABLE IF NOT EXISTS request_usage(
          bucket INTEGER NOT NULL, database INTEGER NOT NULL, token INTEGER NOT NULL,
          count INTEGER NOT NULL, errors INTEGER NOT NULL, reads INTEGER NOT NULL, writes INTEGER NOT NULL,
          rows_read INTEGER NOT NULL, rows_written INTEGER NOT NULL, rows_returned INTEGER NOT NULL,
          changes INTEGER NOT NULL, response_bytes INTEGER NOT NULL, sql_us INTEGER NOT NULL, time_us INTEGER NOT NULL,
          PRIMARY KEY(bucket, database, token)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS statement_usage(
          bucket INTEGER NOT NULL, database INTEGER NOT NULL, statement INTEGER NOT NULL,
          count INTEGER NOT NULL, errors INTEGER NOT NULL, reads INTEGER NOT NULL, writes INTEGER NOT NULL,
          rows_read INTEGER NOT NULL, rows_written INTEGER NOT NULL, rows_returned INTEGER NOT NULL,
          changes INTEGER NOT NULL, sql_us INTEGER NOT NULL, time_us INTEGER NOT NULL, alone INTEGER NOT NULL,
          alone_peak INTEGER NOT NULL, PRIMARY KEY(bucket, database, statement)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS sizes(
          database INTEGER NOT NULL, bucket INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY(database, bucket))
          STRICT, WITHOUT ROWID;
        """;

    public const string AddBucket = "INSERT INTO buckets(start) VALUES (?) ON CONFLICT DO NOTHING";

    public const string AddDatabase =
        """
        INSERT INTO databases(uuid, account, name) VALUES (?, ?, ?) ON CONFLICT(uuid)
        DO UPDATE SET account = excluded.account, name = excluded.name
        WHERE account <> excluded.account OR name <> excluded.name
        """;

    public const string AddToken =
        """
        INSERT INTO tokens(token, name) VALUES (?, ?) ON CONFLICT(token) DO UPDATE SET name = excluded.name
        WHERE name <> excluded.name
        """;

    public const string AddStatement = "INSERT INTO statements(hash, sql) VALUES (?, ?) ON CONFLICT(hash) DO NOTHING";

    public const string AddRequests =
        """
        INSERT INTO request_usage SELECT ?, (SELECT id FROM databases WHERE uuid = ?),
          (SELECT id FROM tokens WHERE token = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE true
        """ + MergeRequests;

    public const string MergeRequests =
        """

        ON CONFLICT DO UPDATE SET count = count + excluded.count, errors = errors + excluded.errors,
          reads = reads + excluded.reads, writes = writes + excluded.writes, rows_read = rows_read + excluded.rows_read,
          rows_written = rows_written + excluded.rows_written, rows_returned = rows_returned + excluded.rows_returned,
          changes = changes + excluded.changes, response_bytes = response_bytes + excluded.response_bytes,
          sql_us = sql_us + excluded.sql_us, time_us = time_us + excluded.time_us
        """;

    /// <summary>A statement that is new to a bucket which is full counts as "other".</summary>
    public const string AddStatements =
        """
        INSERT INTO statement_usage SELECT b, d,
          CASE WHEN s IS NULL THEN 0
            WHEN EXISTS(SELECT 1 FROM statement_usage WHERE bucket = b AND database = d AND statement = s) THEN s
            WHEN (SELECT count(*) FROM statement_usage WHERE bucket = b AND database = d) < most THEN s
            ELSE 0 END,
          ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
        FROM (SELECT ? AS b, (SELECT id FROM databases WHERE uuid = ?) AS d,
          (SELECT id FROM statements WHERE hash = ?) AS s, ? AS most) WHERE true
        """ + MergeStatements;

    public const string MergeStatements =
        """

        ON CONFLICT DO UPDATE SET count = count + excluded.count, errors = errors + excluded.errors,
          reads = reads + excluded.reads, writes = writes + excluded.writes, rows_read = rows_read + excluded.rows_read,
          rows_written = rows_written + excluded.rows_written, rows_returned = rows_returned + excluded.rows_returned,
          changes = changes + excluded.changes, sql_us = sql_us + excluded.sql_us, time_us = time_us + excluded.time_us,
          alone = alone + excluded.alone, alone_peak = max(alone_peak, excluded.alone_peak)
        """;

    /// <summary>Only a size that differs from the one before is worth a row.</summary>
    public const string AddSize =
        """
        INSERT INTO sizes SELECT d, b, bytes
        FROM (SELECT (SELECT id FROM databases WHERE uuid = ?) AS d, ? AS b, ? AS bytes)
        WHERE d IS NOT NULL AND bytes <> coalesce(
          (SELECT bytes FROM sizes WHERE database = d AND bucket <= b ORDER BY bucket DESC LIMIT 1), -1)
        ON CONFLICT DO UPDATE SET bytes = excluded.bytes
        """;
}

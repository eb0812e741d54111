using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>Keeps the usage database within its bounds of time and size.</summary>
/// <remarks>
/// One day of usage is dropped per run at most: a clock that jumps does not cost the whole memory before somebody notices.
/// Work is cut into commits of bounded size, because all databases share the commit log.
/// </remarks>
internal sealed class UsageRetention(UsageStore store, UsageLimits limits)
{
    private const long DaySeconds = 24 * 60 * 60;
    private const long HourSeconds = 60 * 60;

    /// <summary>Databases whose rows are put together in one commit.</summary>
    private const long DatabasesPerCommit = 2_000;

    /// <summary>How far ahead of the clock usage may be, for a clock that was set back.</summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromDays(1);

    public async Task RunAsync(DateTimeOffset now)
    {
        if (!await DropOldestDayAsync(now - limits.Retention).ConfigureAwait(false))
        {
            await DropLastDayAsync(now + AheadMax).ConfigureAwait(false);
        }

        if (await store.SizeBytesAsync().ConfigureAwait(false) > limits.BytesMax)
        {
            await ShrinkAsync(now).ConfigureAwait(false);
        }

        await store.RunAsync("DELETE FROM statements WHERE id NOT IN (SELECT statement FROM statement_usage)")
            .ConfigureAwait(false);
        await store.RunAsync("DELETE FROM tokens WHERE id NOT IN (SELECT token FROM request_usage)").ConfigureAwait(false);
        await store.RunAsync(
            """
            DELETE FROM databases WHERE id NOT IN (SELECT database FROM sizes)
            AND id NOT IN (SELECT database FROM request_usage) AND id NOT IN (SELECT database FROM statement_usage)
            """).ConfigureAwait(false);
    }

    /// <summary>What makes a database's statements forgotten.</summary>
    public static IEnumerable<SqlBatchItem> Forget(DatabaseId id, DateTimeOffset now)
    {
        var uuid = SqlValue.Blob(id.Value.ToByteArray());
        yield return new SqlBatchItem(
            """
            DELETE FROM statement_usage WHERE bucket IN (SELECT start FROM buckets)
            AND database = (SELECT id FROM databases WHERE uuid = ?)
            """, uuid);
        yield return new SqlBatchItem(UsageSchema.AddSize, uuid, UsageBatch.Seconds(now), SqlValue.Integer(0));
        yield return new SqlBatchItem("UPDATE databases SET deleted = 1 WHERE uuid = ?", uuid);
    }

    /// <summary>Puts the oldest day together, or drops it when that was done; then the next, until there is room.</summary>
    private async Task ShrinkAsync(DateTimeOffset now)
    {
        var today = now.ToUnixTimeSeconds() / DaySeconds * DaySeconds;
        while (await store.SizeBytesAsync().ConfigureAwait(false) > limits.BytesMax)
        {
            var hourly = await store.RunAsync(
                "SELECT min(start) FROM buckets WHERE hours = 1 AND start < ?", SqlValue.Integer(today)).ConfigureAwait(false);
            if (hourly[0][0].Kind == SqlValueKind.Integer)
            {
                await JoinDayAsync(hourly[0][0].AsInteger / DaySeconds * DaySeconds).ConfigureAwait(false);
            }
            else if (!await DropOldestDayAsync(DateTimeOffset.FromUnixTimeSeconds(today)).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private async Task JoinDayAsync(long day)
    {
        var dayText = SqlValue.Integer(day);
        await store.RunAsync("INSERT INTO buckets(start) VALUES (?) ON CONFLICT DO NOTHING", dayText).ConfigureAwait(false);
        for (var hour = day + HourSeconds; hour < day + DaySeconds; hour += HourSeconds)
        {
            var hourText = SqlValue.Integer(hour);
            await ByDatabasesAsync(range =>
            [
                new SqlBatchItem(
                    """
                    INSERT INTO request_usage SELECT ?, database, token, count, errors, reads, writes, rows_read, rows_written,
                      rows_returned, changes, response_bytes, sql_us, time_us
                    FROM request_usage WHERE bucket = ? AND database BETWEEN ? AND ?
                    """ + UsageSchema.MergeRequests, [dayText, hourText, .. range]),
                new SqlBatchItem("DELETE FROM request_usage WHERE bucket = ? AND database BETWEEN ? AND ?", [hourText, .. range]),
                new SqlBatchItem(
                    """
                    INSERT INTO statement_usage SELECT ?, database, statement, count, errors, reads, writes, rows_read,
                      rows_written, rows_returned, changes, sql_us, time_us, alone, alone_peak
                    FROM statement_usage WHERE bucket = ? AND database BETWEEN ? AND ?
                    """ + UsageSchema.MergeStatements, [dayText, hourText, .. range]),
                new SqlBatchItem("DELETE FROM statement_usage WHERE bucket = ? AND database BETWEEN ? AND ?", [hourText, .. range]),
            ]).ConfigureAwait(false);
            await store.RunAsync("DELETE FROM buckets WHERE start = ?", hourText).ConfigureAwait(false);
        }

        await KeepLastSizesAsync(day, day + DaySeconds).ConfigureAwait(false);
        await store.RunAsync("UPDATE buckets SET hours = 24 WHERE start = ?", dayText).ConfigureAwait(false);
    }

    /// <summary>
    /// Drops what is before a limit and of the oldest day. Of each database the last size stays, because it goes on to hold; of
    /// one that was deleted nothing does.
    /// </summary>
    private async Task<bool> DropOldestDayAsync(DateTimeOffset limit)
    {
        if (await DropDayAsync("start < ?", limit, "min").ConfigureAwait(false) is not { } day)
        {
            return false;
        }

        var end = Math.Min(day + DaySeconds, limit.ToUnixTimeSeconds());
        await KeepLastSizesAsync(first: 0, end).ConfigureAwait(false);
        await store.RunAsync(
            "DELETE FROM sizes WHERE bytes = 0 AND bucket < ? AND database IN (SELECT id FROM databases WHERE deleted = 1)",
            SqlValue.Integer(end)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Drops what is past a limit and of the last day.</summary>
    private async Task DropLastDayAsync(DateTimeOffset limit)
    {
        if (await DropDayAsync("start > ?", limit, "max").ConfigureAwait(false) is { } day)
        {
            await store.RunAsync("DELETE FROM sizes WHERE bucket > ? AND bucket >= ?",
                UsageBatch.Seconds(limit), SqlValue.Integer(day)).ConfigureAwait(false);
        }
    }

    /// <summary>Drops the sizes of a span that another one of the same database and span has followed.</summary>
    private Task KeepLastSizesAsync(long first, long end)
    {
        SqlValue[] span = [SqlValue.Integer(first), SqlValue.Integer(end)];
        return ByDatabasesAsync(range =>
        [
            new SqlBatchItem(
                """
                DELETE FROM sizes WHERE (database, bucket) IN (
                  SELECT z.database, z.bucket
                  FROM databases d CROSS JOIN sizes z ON z.database = d.id AND z.bucket >= ? AND z.bucket < ?
                  WHERE d.id BETWEEN ? AND ? AND EXISTS(
                    SELECT 1 FROM sizes later WHERE later.database = d.id AND later.bucket > z.bucket AND later.bucket < ?))
                """, [.. span, .. range, span[1]]),
        ]);
    }

    /// <summary>Runs statements for a range of databases after the other, each in a commit of its own.</summary>
    private async Task ByDatabasesAsync(Func<SqlValue[], SqlBatchItem[]> items)
    {
        var last = (await store.RunAsync("SELECT coalesce(max(id), 0) FROM databases").ConfigureAwait(false))[0][0].AsInteger;
        for (var first = 0L; first <= last; first += DatabasesPerCommit)
        {
            await store.RunAsync(items([SqlValue.Integer(first), SqlValue.Integer(first + DatabasesPerCommit - 1)]))
                .ConfigureAwait(false);
        }
    }

    /// <summary>Drops the usage of a day; gives its start, null when there is none.</summary>
    private async Task<long?> DropDayAsync(string condition, DateTimeOffset limit, string which)
    {
        var found = await store.RunAsync($"SELECT {which}(start) FROM buckets WHERE {condition}", UsageBatch.Seconds(limit))
            .ConfigureAwait(false);
        if (found[0][0].Kind != SqlValueKind.Integer)
        {
            return null;
        }

        var day = found[0][0].AsInteger / DaySeconds * DaySeconds;
        var buckets = await store.RunAsync($"SELECT start FROM buckets WHERE {condition} AND start >= ? AND start < ?",
            UsageBatch.Seconds(limit), SqlValue.Integer(day), SqlValue.Integer(day + DaySeconds)).ConfigureAwait(false);
        foreach (var bucket in buckets)
        {
            await store.RunAsync(
            [
                new SqlBatchItem("DELETE FROM request_usage WHERE bucket = ?", bucket),
                new SqlBatchItem("DELETE FROM statement_usage WHERE bucket = ?", bucket),
                new SqlBatchItem("DELETE FROM buckets WHERE start = ?", bucket),
            ]).ConfigureAwait(false);
        }

        return day;
    }
}

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
        if (!await DropDayAsync("start < ?", now - limits.Retention, "min").ConfigureAwait(false))
        {
            await DropDayAsync("start > ?", now + AheadMax, "max").ConfigureAwait(false);
        }

        if (await store.SizeBytesAsync().ConfigureAwait(false) > limits.BytesMax)
        {
            await ShrinkAsync(now).ConfigureAwait(false);
        }

        await store.RunAsync(
            """
            DELETE FROM sizes WHERE bucket < ? AND EXISTS(
              SELECT 1 FROM sizes newer WHERE newer.database = sizes.database AND newer.bucket > sizes.bucket AND newer.bucket < ?)
            """,
            UsageBatch.Seconds(now - limits.Retention), UsageBatch.Seconds(now - limits.Retention)).ConfigureAwait(false);
        await store.RunAsync("DELETE FROM statements WHERE id NOT IN (SELECT statement FROM statement_usage)")
            .ConfigureAwait(false);
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
            else if (!await DropDayAsync("start < ?", DateTimeOffset.FromUnixTimeSeconds(today), "min").ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private async Task JoinDayAsync(long day)
    {
        var dayText = SqlValue.Integer(day);
        await store.RunAsync("INSERT INTO buckets(start) VALUES (?) ON CONFLICT DO NOTHING", dayText).ConfigureAwait(false);
        var last = (await store.RunAsync("SELECT coalesce(max(id), 0) FROM databases").ConfigureAwait(false))[0][0].AsInteger;
        for (var hour = day + HourSeconds; hour < day + DaySeconds; hour += HourSeconds)
        {
            for (var first = 0L; first <= last; first += DatabasesPerCommit)
            {
                SqlValue[] range = [SqlValue.Integer(hour), SqlValue.Integer(first), SqlValue.Integer(first + DatabasesPerCommit - 1)];
                await store.RunAsync(
                [
                    new SqlBatchItem(
                        """
                        INSERT INTO request_usage SELECT ?, database, token, count, errors, reads, writes, rows_read, rows_written,
                          rows_returned, changes, response_bytes, sql_us, time_us
                        FROM request_usage WHERE bucket = ? AND database BETWEEN ? AND ?
                        """ + UsageSchema.MergeRequests, [dayText, .. range]),
                    new SqlBatchItem("DELETE FROM request_usage WHERE bucket = ? AND database BETWEEN ? AND ?", range),
                    new SqlBatchItem(
                        """
                        INSERT INTO statement_usage SELECT ?, database, statement, count, errors, reads, writes, rows_read,
                          rows_written, rows_returned, changes, sql_us, time_us, alone, alone_peak
                        FROM statement_usage WHERE bucket = ? AND database BETWEEN ? AND ?
                        """ + UsageSchema.MergeStatements, [dayText, .. range]),
                    new SqlBatchItem("DELETE FROM statement_usage WHERE bucket = ? AND database BETWEEN ? AND ?", range),
                ]).ConfigureAwait(false);
            }

            await store.RunAsync("DELETE FROM buckets WHERE start = ?", SqlValue.Integer(hour)).ConfigureAwait(false);
        }

        await store.RunAsync("UPDATE buckets SET hours = 24 WHERE start = ?", dayText).ConfigureAwait(false);
    }

    private async Task<bool> DropDayAsync(string condition, DateTimeOffset limit, string which)
    {
        var found = await store.RunAsync($"SELECT {which}(start) FROM buckets WHERE {condition}", UsageBatch.Seconds(limit))
            .ConfigureAwait(false);
        if (found[0][0].Kind != SqlValueKind.Integer)
        {
            return false;
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

        return true;
    }
}

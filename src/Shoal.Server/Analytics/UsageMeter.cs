using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Server.D1;

namespace Shoal.Server.Analytics;

/// <summary>Counts what each database does, by the hour, in memory.</summary>
/// <remarks>
/// Thread: safe for any. Bounded by <see cref="MeterLimits"/>; lost at a restart. What the dashboards of D1's clients ask for,
/// not a basis for invoices.
/// </remarks>
internal sealed class UsageMeter(TimeProvider clock)
{
    private readonly Lock _gate = new();

    /// <summary>Newest first. Replaced as a whole, so readers need no lock.</summary>
    private HourBucket[] _hours = [];

    /// <summary>Adds a request that succeeded.</summary>
    public void Record(DatabaseId database, IReadOnlyList<SqlBatchItem> items, IReadOnlyList<ItemUsage> usage,
        long responseBytes)
    {
        var bucket = Current();
        if (!bucket.Databases.TryGetValue(database, out var hour))
        {
            if (bucket.DatabaseCount >= MeterLimits.DatabaseHoursMax)
            {
                return;
            }

            var fresh = new DatabaseHour();
            hour = bucket.Databases.GetOrAdd(database, fresh);
            if (ReferenceEquals(hour, fresh))
            {
                Interlocked.Increment(ref bucket.DatabaseCount);
                Trim();
            }
        }

        var mayGrow = bucket.StatementCount < MeterLimits.StatementsMax;
        var added = hour.Add(items, usage, responseBytes, mayGrow);
        if (added > 0)
        {
            Interlocked.Add(ref bucket.StatementCount, added);
            Trim();
        }
    }

    /// <summary>Forgets a database that was deleted.</summary>
    public void Forget(DatabaseId database)
    {
        foreach (var bucket in _hours)
        {
            if (bucket.Databases.TryRemove(database, out _))
            {
                Interlocked.Decrement(ref bucket.DatabaseCount);
            }
        }
    }

    /// <summary>The hours that begin in a span of time, both ends included, newest first.</summary>
    public IEnumerable<HourBucket> Between(DateTimeOffset from, DateTimeOffset to) =>
        _hours.Where(bucket => bucket.Start >= from && bucket.Start <= to);

    private HourBucket Current()
    {
        var now = clock.GetUtcNow();
        var hours = _hours;
        return hours.Length > 0 && now - hours[0].Start < TimeSpan.FromHours(1) ? hours[0] : Begin(now);
    }

    private HourBucket Begin(DateTimeOffset now)
    {
        var start = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        lock (_gate)
        {
            // The clock may have been set back: never open an hour before the newest one.
            if (_hours.Length > 0 && _hours[0].Start >= start)
            {
                return _hours[0];
            }

            var oldest = start.AddHours(-MeterLimits.HoursMax);
            _hours = [new HourBucket(start), .. _hours.Where(bucket => bucket.Start > oldest)];
            return _hours[0];
        }
    }

    /// <summary>Drops the oldest hours while there is too much; the running hour stays.</summary>
    private void Trim()
    {
        var hours = _hours;
        if (hours.Length <= 1 || Fits(hours))
        {
            return;
        }

        lock (_gate)
        {
            while (_hours.Length > 1 && !Fits(_hours))
            {
                _hours = _hours[..^1];
            }
        }
    }

    private static bool Fits(HourBucket[] hours)
    {
        var databases = 0;
        var statements = 0;
        foreach (var bucket in hours)
        {
            databases += bucket.DatabaseCount;
            statements += bucket.StatementCount;
        }

        return databases <= MeterLimits.DatabaseHoursMax && statements <= MeterLimits.StatementsMax;
    }
}

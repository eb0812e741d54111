using System.Collections.Concurrent;
using Shoal.Protocol;

namespace Shoal.Server.Analytics;

/// <summary>All databases of one hour.</summary>
internal sealed class HourBucket(DateTimeOffset start)
{
    /// <summary>The full hour it begins at, UTC.</summary>
    public DateTimeOffset Start { get; } = start;

    public ConcurrentDictionary<DatabaseId, DatabaseHour> Databases { get; } = new();

    /// <summary>Entries of <see cref="Databases"/>, cheap to read. Changed by interlocked operations.</summary>
    public int DatabaseCount;

    /// <summary>Statement texts of all its databases. Changed by interlocked operations.</summary>
    public int StatementCount;
}

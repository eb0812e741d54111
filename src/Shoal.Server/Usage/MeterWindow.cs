using System.Collections.Concurrent;
using Shoal.Protocol;

namespace Shoal.Server.Usage;

/// <summary>All databases since the meter was last written.</summary>
internal sealed class MeterWindow
{
    public ConcurrentDictionary<(DatabaseId Database, long Hour), DatabaseWindow> Databases { get; } = new();

    /// <summary>
    /// Whether the meter is writing it. Who has put an entry into it looks here afterwards, and the meter sets it before it goes
    /// through the entries: so an entry is seen by the one or not used by the other.
    /// </summary>
    public bool IsClosed
    {
        get => Volatile.Read(ref _isClosed);
        set
        {
            Volatile.Write(ref _isClosed, value);
            Interlocked.MemoryBarrier();
        }
    }

    /// <summary>Entries of <see cref="Databases"/>, cheap to read. Changed by interlocked operations.</summary>
    public int DatabaseCount;

    /// <summary>Statements of all its databases. Changed by interlocked operations.</summary>
    public int StatementCount;

    private bool _isClosed;
}

using System.Globalization;

namespace Shoal.Sync.Postgres;

/// <summary>Which transactions a copy has seen: PostgreSQL's <c>pg_current_snapshot()</c>, and a position in its log.</summary>
/// <remarks>
/// The log alone can not tell: a commit may stand in it before the position and yet be invisible to the snapshot. What stands
/// behind the position is certainly invisible, so the list of transactions is asked only before it.
/// </remarks>
internal sealed class SourceSnapshot
{
    private const ulong Cycle = 1UL << 32;

    private readonly ulong _oldest;
    private readonly ulong _next;
    private readonly HashSet<ulong> _running;

    private SourceSnapshot(string text, ulong lsn, ulong oldest, ulong next, HashSet<ulong> running)
    {
        Text = text;
        Lsn = lsn;
        _oldest = oldest;
        _next = next;
        _running = running;
    }

    /// <summary>As PostgreSQL prints it: <c>xmin:xmax:xip,xip</c>.</summary>
    public string Text { get; }

    /// <summary>Where the log ended after the snapshot was taken.</summary>
    public ulong Lsn { get; }

    public static SourceSnapshot Parse(string text, ulong lsn)
    {
        var parts = text.Split(':');
        return new SourceSnapshot(text, lsn, Number(parts[0]), Number(parts[1]),
            [.. parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)]);

        static ulong Number(string digits) => ulong.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the copy holds what this transaction did.</summary>
    /// <param name="xid">Its number as the stream gives it: the lower 32 bits.</param>
    /// <param name="commitLsn">Where its commit stands.</param>
    public bool Sees(uint xid, ulong commitLsn)
    {
        return commitLsn < Lsn && Shows(xid);
    }

    /// <summary>Whether a transaction whose commit is known has ended for the snapshot.</summary>
    /// <param name="xid">Its number as the stream gives it: the lower 32 bits.</param>
    public bool Shows(uint xid)
    {
        // The full number nearest to the snapshot's.
        var full = (_next & ~(Cycle - 1)) | xid;
        if (full > _next + (Cycle / 2) && full >= Cycle)
        {
            full -= Cycle;
        }
        else if (full + (Cycle / 2) < _next)
        {
            full += Cycle;
        }

        return full < _oldest || (full < _next && !_running.Contains(full));
    }
}

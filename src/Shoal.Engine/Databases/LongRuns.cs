using Shoal.Engine.Requests;

namespace Shoal.Engine.Databases;

/// <summary>
/// What one database was lately asked for and took long, so that it begins in the <see cref="SlowLane"/> at once the next time,
/// and does not first use up its time where its request arrived.
/// </summary>
/// <remarks>
/// Requests are known by a hash of their text, parameters left out. Two of the same hash do no harm: what turns out to be short
/// is forgotten again. Bound: <see cref="MarksMax"/>; a newer one takes the place of an older one. Thread: safe for any.
/// </remarks>
internal sealed class LongRuns
{
    private const int MarksMax = 64;

    private int[]? _marks;

    /// <summary>Whether such a request took long the last time. Cost: a comparison while none did.</summary>
    public bool Contains(SqlRequest request)
    {
        if (Volatile.Read(ref _marks) is not { } marks || request.Items.Count == 0)
        {
            return false;
        }

        var mark = MarkOf(request);
        return Volatile.Read(ref PlaceOf(marks, mark)) == mark;
    }

    /// <summary>A request took long.</summary>
    public void Add(SqlRequest request)
    {
        if (request.Items.Count == 0)
        {
            return;
        }

        if (Volatile.Read(ref _marks) is null)
        {
            Interlocked.CompareExchange(ref _marks, new int[MarksMax], comparand: null);
        }

        var mark = MarkOf(request);
        Volatile.Write(ref PlaceOf(_marks!, mark), mark);
    }

    /// <summary>A request did not take long.</summary>
    public void Remove(SqlRequest request)
    {
        if (Volatile.Read(ref _marks) is { } marks && request.Items.Count > 0)
        {
            var mark = MarkOf(request);
            _ = Interlocked.CompareExchange(ref PlaceOf(marks, mark), 0, mark);
        }
    }

    /// <summary>Of several statements the first one's text and their number are enough.</summary>
    private static int MarkOf(SqlRequest request)
    {
        var hash = default(HashCode);
        hash.AddBytes(request.Items[0].Sql.Span);
        hash.Add(request.Items.Count);
        return hash.ToHashCode() | 1;
    }

    private static ref int PlaceOf(int[] marks, int mark) => ref marks[(mark >>> 1) % MarksMax];
}

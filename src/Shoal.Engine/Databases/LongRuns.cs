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
        if (Volatile.Read(ref _marks) is not { } marks || MarkOf(request) is not { } mark)
        {
            return false;
        }

        return Volatile.Read(ref PlaceOf(marks, mark)) == mark;
    }

    /// <summary>Whether one of some writes took long the last time.</summary>
    public bool ContainsAny(ReadOnlySpan<WriteTurn> turns)
    {
        foreach (var turn in turns)
        {
            if (Contains(turn.Request))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A request took long.</summary>
    /// <param name="request">The request, which has not been answered yet: who has its answer may reuse it.</param>
    public void Add(SqlRequest request)
    {
        if (MarkOf(request) is not { } mark)
        {
            return;
        }

        if (Volatile.Read(ref _marks) is null)
        {
            Interlocked.CompareExchange(ref _marks, new int[MarksMax], comparand: null);
        }

        Volatile.Write(ref PlaceOf(_marks!, mark), mark);
    }

    /// <summary>A request did not take long.</summary>
    /// <param name="mark">What <see cref="MarkOf"/> gave for it.</param>
    public void Remove(int? mark)
    {
        if (Volatile.Read(ref _marks) is { } marks && mark is { } known)
        {
            _ = Interlocked.CompareExchange(ref PlaceOf(marks, known), 0, known);
        }
    }

    /// <summary>By what some writes are known.</summary>
    public static int?[] MarksOf(ReadOnlySpan<WriteTurn> turns)
    {
        var marks = new int?[turns.Length];
        for (var index = 0; index < marks.Length; index++)
        {
            marks[index] = MarkOf(turns[index].Request);
        }

        return marks;
    }

    /// <summary>By what a request is known, so that it need not be looked at again; null for work that is no request.</summary>
    public static int? MarkOf(SqlRequest request)
    {
        if (request.Items.Count == 0)
        {
            return null;
        }

        // Of several statements the first one's text and their number are enough.
        var hash = default(HashCode);
        hash.AddBytes(request.Items[0].Sql.Span);
        hash.Add(request.Items.Count);
        return hash.ToHashCode() | 1;
    }

    private static ref int PlaceOf(int[] marks, int mark) => ref marks[(mark >>> 1) % MarksMax];
}

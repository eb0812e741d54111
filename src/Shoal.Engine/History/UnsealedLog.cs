using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>The part of the commit log that history has not got yet.</summary>
/// <remarks>Thread: safe for any.</remarks>
internal sealed class UnsealedLog(CommitLog log, HistoryLimits limits)
{
    /// <summary>Whether there was something between what is sealed and a segment, that is, whether somebody deleted segments.</summary>
    /// <param name="sealedTo">The log up to here is in packs; zero for none of it.</param>
    /// <param name="oldest">The oldest segment that is there.</param>
    public static bool IsMissingBefore(LogPosition sealedTo, in SegmentHeader oldest) => sealedTo != LogPosition.Zero
        && oldest.Sequence > sealedTo.Sequence && oldest.PreviousEnd > sealedTo;

    /// <summary>Whether nothing is missing between two segments.</summary>
    public static bool IsNext(LogSegment segment, LogSegment next) => next.Header.PreviousEnd.Sequence == segment.Header.Sequence;

    /// <summary>Its size.</summary>
    /// <param name="from">Where it begins.</param>
    public long BytesFrom(LogPosition from)
    {
        var end = log.End;
        return log.SegmentsFrom(from).Sum(segment => segment.Header.Sequence == end.Sequence
            ? end.OffsetBytes - (segment.Header.Sequence == from.Sequence ? from.OffsetBytes : 0)
            : segment.LengthBytes);
    }

    /// <summary>The oldest segment that may still wait when those before it are too much; null when they are not.</summary>
    public LogSegment? FirstWithinBound(LogPosition from)
    {
        var segments = log.SegmentsFrom(from);
        var bytes = segments.Sum(static segment => segment.LengthBytes);
        var index = 0;
        for (; index < segments.Count - 1 && bytes > limits.UnsealedBytesMax; index++)
        {
            bytes -= segments[index].LengthBytes;
        }

        return index > 0 ? segments[index] : null;
    }

    /// <summary>The segment behind a damaged one; null when there is none.</summary>
    public LogSegment? FirstBehind(LogPosition from, LogDamagedException damage) =>
        log.SegmentsFrom(from).SkipWhile(segment => segment.Path != damage.FilePath).Skip(1).FirstOrDefault();
}

using System.Runtime.ExceptionServices;

namespace Shoal.Engine.Log;

/// <summary>What a segment holds: the heads of its valid records, in order, and where they end.</summary>
/// <remarks>
/// A segment's chain begins in its own header, so segments can be scanned beside each other; what they mean is told by their
/// order alone.
/// </remarks>
internal sealed class ScannedSegment
{
    private readonly List<LogRecordHeader> _records = [];
    private readonly List<CheckpointBody> _checkpoints = [];
    private readonly ushort _newerVersion;

    private ScannedSegment(LogSegment segment)
    {
        Segment = segment;
        using var reader = new SegmentReader(segment);
        while (reader.TryRead(out var header, out var body))
        {
            _records.Add(header);
            if (header.Kind == LogRecordKind.Checkpoint)
            {
                _checkpoints.Add(CheckpointBody.Read(body));
            }
        }

        End = reader.Position;
        if (reader.TryReadVersion(out var version) && version > LogRecordHeader.Version)
        {
            _newerVersion = version;
        }
    }

    public LogSegment Segment { get; }

    /// <summary>The end of the last valid record.</summary>
    public LogPosition End { get; }

    /// <summary>The records.</summary>
    /// <exception cref="LogDamagedException">Where they end, one of a newer version follows.</exception>
    public IReadOnlyList<LogRecordHeader> Records => _newerVersion == 0
        ? _records
        : throw LogDamagedException.Newer(
            Segment.Path, End.OffsetBytes, "record", _newerVersion, LogRecordHeader.Version);

    /// <summary>The bodies of those that are checkpoints, in order.</summary>
    public IReadOnlyList<CheckpointBody> Checkpoints => _checkpoints;

    /// <summary>Scans segments, as many at once as there are processors.</summary>
    public static IReadOnlyList<ScannedSegment> ScanAll(IReadOnlyList<LogSegment> segments)
    {
        var scans = new ScannedSegment[segments.Count];
        try
        {
            Parallel.For(0, segments.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                index => scans[index] = new ScannedSegment(segments[index]));
        }
        catch (AggregateException error) when (error.InnerException is IOException or EngineException)
        {
            ExceptionDispatchInfo.Throw(error.InnerException);
        }

        return scans;
    }
}

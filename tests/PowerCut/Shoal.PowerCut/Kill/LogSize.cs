using Shoal.Engine.Log;

namespace Shoal.PowerCut.Kill;

/// <summary>How much of a data folder's commit log the next start has to read.</summary>
internal static class LogSize
{
    /// <summary>Bytes of records in the newest segment and those that lead to it; 0 without a log.</summary>
    public static long Measure(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "log");
        var segments = new Dictionary<uint, (SegmentHeader Header, string Path)>();
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.segment") : [])
        {
            using var file = File.OpenHandle(path);
            var block = new byte[SegmentHeader.BlockBytes];
            if (RandomAccess.Read(file, block, 0) == block.Length
                && SegmentHeader.Read(block, out var header) == SegmentHeaderState.Valid)
            {
                segments.Add(header.Sequence, (header, path));
            }
        }

        if (segments.Count == 0)
        {
            return 0;
        }

        var newest = segments[segments.Keys.Max()];
        var sum = MeasureRecords(newest.Path, newest.Header);
        for (var end = newest.Header.PreviousEnd; segments.TryGetValue(end.Sequence, out var previous);)
        {
            sum += end.OffsetBytes - SegmentHeader.BlockBytes;
            end = previous.Header.PreviousEnd;
        }

        return sum;
    }

    private static long MeasureRecords(string path, SegmentHeader segment)
    {
        using var file = File.OpenHandle(path);
        var bytes = new byte[LogRecordHeader.Bytes];
        var offset = (long)SegmentHeader.BlockBytes;
        while (RandomAccess.Read(file, bytes, offset) == bytes.Length
            && LogRecordHeader.TryRead(bytes, (uint)segment.Salt, out var header, out _))
        {
            offset += header.LengthBytes;
        }

        return offset - SegmentHeader.BlockBytes;
    }
}

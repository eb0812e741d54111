using System.Buffers.Binary;
using Shoal.PowerCut.Load;

namespace Shoal.PowerCut.Replay;

/// <summary>The marks of a recording, by the index of their record. The format is described in <c>disk.c</c>.</summary>
internal sealed class Recording
{
    private const int HeaderBytes = 16;
    private readonly List<(int Index, Mark Mark)> _marks = [];

    private Recording()
    {
    }

    /// <summary>Writes, flushes and marks: a cut is possible before each of them and after the last.</summary>
    public int RecordCount { get; private set; }

    public int WriteCount { get; private set; }

    public int FlushCount { get; private set; }

    public int MarkCount => _marks.Count;

    public IEnumerable<Mark> Marks => _marks.Select(entry => entry.Mark);

    public static Recording Load(string path)
    {
        var recording = new Recording();
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        Span<byte> header = stackalloc byte[HeaderBytes];
        Span<byte> mark = stackalloc byte[Mark.Bytes];
        for (long offset = 0; offset + HeaderBytes <= length;)
        {
            _ = RandomAccess.Read(file, header, offset);
            var kind = BinaryPrimitives.ReadInt32LittleEndian(header);
            var bytes = kind is 1 or 5 ? BinaryPrimitives.ReadInt32LittleEndian(header[4..]) : 0;
            if (kind == 5)
            {
                _ = RandomAccess.Read(file, mark, offset + HeaderBytes);
                recording._marks.Add((recording.RecordCount, Mark.Read(mark)));
            }

            recording.WriteCount += kind is 1 or 2 ? 1 : 0;
            recording.FlushCount += kind == 4 ? 1 : 0;
            offset += HeaderBytes + bytes;
            recording.RecordCount++;
        }

        return recording;
    }

    /// <summary>Calls back for every write that is not all zeroes, with its offset in the disk.</summary>
    public static void ReadWrites(string path, Action<long, ReadOnlySpan<byte>> write)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        Span<byte> header = stackalloc byte[HeaderBytes];
        var data = Array.Empty<byte>();
        for (long offset = 0; offset + HeaderBytes <= length;)
        {
            _ = RandomAccess.Read(file, header, offset);
            offset += HeaderBytes;
            var kind = BinaryPrimitives.ReadInt32LittleEndian(header);
            var bytes = kind is 1 or 5 ? BinaryPrimitives.ReadInt32LittleEndian(header[4..]) : 0;
            if (kind == 1)
            {
                Array.Resize(ref data, Math.Max(bytes, data.Length));
                var count = RandomAccess.Read(file, data.AsSpan(0, bytes), offset);
                write(BinaryPrimitives.ReadInt64LittleEndian(header[8..]), data.AsSpan(0, count));
            }

            offset += bytes;
        }
    }

    /// <summary>What was promised, by database, when a cut came before a record.</summary>
    public Dictionary<int, Promises> PromisesAt(int record)
    {
        var promises = new Dictionary<int, Promises>();
        foreach (var (index, mark) in _marks)
        {
            if (index >= record)
            {
                break;
            }

            if (!promises.TryGetValue(mark.Database, out var promise))
            {
                promises.Add(mark.Database, promise = new Promises());
            }

            promise.Add(mark);
        }

        return promises;
    }
}

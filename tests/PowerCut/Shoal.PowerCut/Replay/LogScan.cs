using System.Buffers.Binary;

namespace Shoal.PowerCut.Replay;

/// <summary>Finds log records, log segments and WALs in what was written to a disk.</summary>
/// <remarks>
/// It knows the formats on its own: <c>docs/formats/commit-log.md</c>, https://www.sqlite.org/fileformat2.html#walformat. What
/// is cut in two by the kernel counts only by its first half, or not at all: the numbers are lower bounds.
/// </remarks>
internal sealed class LogScan
{
    private const int BlockBytes = 4096;
    private const int RecordHeaderBytes = 96;
    private const int Continues = 1;

    // Offset in the disk is where a file's block lies: one that was written with two sequence numbers was used twice.
    private readonly HashSet<(long Block, ulong Sequence)> _segments = [];
    private readonly HashSet<ulong> _commits = [];
    private readonly HashSet<ulong> _checkpoints = [];
    private readonly HashSet<ulong> _parts = [];
    private readonly Dictionary<(UInt128 Database, ulong Number), uint> _lastPages = [];
    private readonly HashSet<(UInt128 Database, ulong Number)> _spilled = [];
    private readonly HashSet<uint> _restarts = [];

    public int Commits => _commits.Count;

    public int Checkpoints => _checkpoints.Count;

    public int MultiPartCommits => _lastPages.Count;

    /// <summary>Commits whose pages do not come in order: SQLite sorts those it still has in its cache at the commit.</summary>
    public int SpilledCommits => _spilled.Count;

    public int RecycledSegments => _segments.Count - _segments.DistinctBy(segment => segment.Block).Count();

    public int WalRestarts => _restarts.Count;

    /// <summary>Looks at one write.</summary>
    public void Add(long offset, ReadOnlySpan<byte> data)
    {
        for (var at = 0; at + 64 <= data.Length; at += BlockBytes)
        {
            AddBlock(offset + at, data[at..]);
        }

        for (var at = data.IndexOf("SHRC"u8); at >= 0;)
        {
            if ((offset + at) % 8 == 0 && data.Length - at >= RecordHeaderBytes)
            {
                AddRecord(data[at..]);
            }

            var next = data[(at + 1)..].IndexOf("SHRC"u8);
            at = next < 0 ? -1 : at + 1 + next;
        }
    }

    private void AddBlock(long offset, ReadOnlySpan<byte> block)
    {
        if (block.StartsWith("SHOALLOG"u8))
        {
            _segments.Add((offset, BinaryPrimitives.ReadUInt64LittleEndian(block[16..])));
        }
        else if (BinaryPrimitives.ReadUInt32BigEndian(block) is 0x377f0682 or 0x377f0683
            && BinaryPrimitives.ReadUInt32BigEndian(block[12..]) > 0)
        {
            // The checkpoint sequence number of a WAL counts how often it was begun again.
            _restarts.Add(BinaryPrimitives.ReadUInt32BigEndian(block[16..]));
        }
    }

    private void AddRecord(ReadOnlySpan<byte> record)
    {
        var position = BinaryPrimitives.ReadUInt64LittleEndian(record[16..]);
        switch (record[6])
        {
            case 1:
                AddCommit(record, position);
                break;
            case 2:
                _checkpoints.Add(position);
                break;
            default:
                // Not a record after all.
                break;
        }
    }

    private void AddCommit(ReadOnlySpan<byte> record, ulong position)
    {
        _commits.Add(position);
        var commit = (BinaryPrimitives.ReadUInt128BigEndian(record[24..]), BinaryPrimitives.ReadUInt64LittleEndian(record[40..]));
        if ((record[7] & Continues) != 0)
        {
            _lastPages.TryAdd(commit, 0);
        }

        var tableBytes = sizeof(uint) * (int)BinaryPrimitives.ReadUInt32LittleEndian(record[56..]);
        if (!_lastPages.TryGetValue(commit, out var last) || record.Length < RecordHeaderBytes + tableBytes || !_parts.Add(position))
        {
            return;
        }

        for (var at = RecordHeaderBytes; at < RecordHeaderBytes + tableBytes; at += sizeof(uint))
        {
            var page = BinaryPrimitives.ReadUInt32LittleEndian(record[at..]);
            if (page < last)
            {
                _spilled.Add(commit);
            }

            last = page;
        }

        _lastPages[commit] = last;
    }
}

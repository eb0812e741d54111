using System.Buffers;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.Log;

/// <summary>Reads the records of a segment from front to back.</summary>
/// <remarks>Owns: a buffer, until disposed; not the segment. Cost: each byte is read once. Thread: one at a time.</remarks>
internal sealed class SegmentReader : IDisposable
{
    private const int WindowBytes = 4 * 1024 * 1024;

    /// <summary>More than the longest record, which has 255 pages of 4,096 bytes.</summary>
    private const int RecordBytesMax = 2 * 1024 * 1024;

    private readonly LogSegment _segment;
    private byte[] _window = ArrayPool<byte>.Shared.Rent(WindowBytes);
    private long _windowStart;
    private int _windowBytes;
    private uint _chain;
    private bool _chainLost;

    /// <param name="segment">A segment whose header verifies.</param>
    public SegmentReader(LogSegment segment)
    {
        _segment = segment;
        _chain = segment.Header.ChainSeed;
        OffsetBytes = SegmentHeader.BlockBytes;
    }

    /// <summary>Where the next record starts. Units: bytes.</summary>
    public uint OffsetBytes { get; private set; }

    /// <summary>Where the next record starts, as a position in the log.</summary>
    public LogPosition Position => new(_segment.Header.Sequence, OffsetBytes);

    private uint Salt => (uint)_segment.Header.Salt;

    /// <summary>Reads the next record if it and its place in the chain verify.</summary>
    /// <param name="header">Its head.</param>
    /// <param name="body">Its body, valid until the next call.</param>
    public bool TryRead(out LogRecordHeader header, out ReadOnlySpan<byte> body)
    {
        // A segment takes tens of milliseconds, and whoever reads one can wait better than a request.
        Scheduling.OfferProcessor();
        var bytes = View();
        body = default;
        if (!LogRecordHeader.TryRead(bytes, Salt, out header, out var claimed)
            || header.Position != Position
            || header.LengthBytes < LogRecordHeader.Bytes || header.LengthBytes > bytes.Length
            || (!_chainLost && claimed != LogRecordHeader.ExpectedChain(bytes, _chain))
            || header.BodyCrc != Crc32C.Append(0, bytes[LogRecordHeader.Bytes..header.LengthBytes]))
        {
            return false;
        }

        body = bytes[LogRecordHeader.Bytes..header.LengthBytes];
        _chain = claimed;
        _chainLost = false;
        OffsetBytes += (uint)header.LengthBytes;
        return true;
    }

    /// <summary>The version of the record that comes next, when its head verifies; for one that <see cref="TryRead"/> refuses.</summary>
    public bool TryReadVersion(out ushort version) => LogRecordHeader.TryReadVersion(View(), Salt, out version);

    /// <summary>Moves on to the next place where a record's head verifies; the chain does not lead there.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TrySkipDamage()
    {
        for (OffsetBytes += LogRecordHeader.Alignment;
            OffsetBytes + LogRecordHeader.Bytes <= _segment.LengthBytes;
            OffsetBytes += LogRecordHeader.Alignment)
        {
            if (LogRecordHeader.TryRead(View(), Salt, out var header, out _) && header.Position == Position)
            {
                _chainLost = true;
                return true;
            }
        }

        return false;
    }

    public void Dispose()
    {
        if (_window.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_window);
            _window = [];
        }
    }

    /// <summary>What lies at the offset: at least the longest record, or all up to the end of the file.</summary>
    private ReadOnlySpan<byte> View()
    {
        var inside = (int)(OffsetBytes - _windowStart);
        if (inside > _windowBytes
            || (_windowBytes - inside < RecordBytesMax && _windowStart + _windowBytes < _segment.LengthBytes))
        {
            // What is left of the window moves to its front.
            var kept = Math.Max(0, _windowBytes - inside);
            _window.AsSpan(_windowBytes - kept, kept).CopyTo(_window);
            _windowStart = OffsetBytes;
            _windowBytes = kept + _segment.Read(_window.AsSpan(kept, WindowBytes - kept), _windowStart + kept);
            inside = 0;
        }

        return _window.AsSpan(inside, _windowBytes - inside);
    }
}

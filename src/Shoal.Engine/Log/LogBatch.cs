using System.Buffers;

namespace Shoal.Engine.Log;

/// <summary>Records that go to one segment in one write.</summary>
internal sealed class LogBatch : IDisposable
{
    private byte[] _buffer;

    public LogBatch(LogSegment segment, uint startOffset, int capacity)
    {
        Segment = segment;
        StartOffset = startOffset;
        _buffer = ArrayPool<byte>.Shared.Rent(capacity);
    }

    public LogSegment Segment { get; }

    public uint StartOffset { get; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, Length);

    /// <summary>Room for a record at the end.</summary>
    public Span<byte> Extend(int count)
    {
        if (Length + count > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, Length + count));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var room = _buffer.AsSpan(Length, count);
        Length += count;
        return room;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }
}

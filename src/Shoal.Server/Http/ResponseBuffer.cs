using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Shoal.Engine;

namespace Shoal.Server.Http;

/// <summary>Bytes of a reply that is not to be sent before it is complete: a list of rented segments.</summary>
/// <remarks>Owns: the segments, until <see cref="Clear"/>. Thread: one at a time.</remarks>
internal sealed class ResponseBuffer(MemoryBudget? budget = null) : IBufferWriter<byte>
{
    private const int FirstSegmentBytes = 8 * 1024;
    private const int SegmentBytesMax = 1024 * 1024;

    /// <summary>
    /// Sent at once, so that others get the processor in between: a kernel that is built for servers copies without a break what
    /// it is given in one call.
    /// </summary>
    private const int SendBytesMax = 32 * 1024;

    private readonly List<(byte[] Bytes, int Length, int Taken)> _full = [];
    private byte[] _current = [];
    private int _used;
    private int _currentTaken;
    private long _fullBytes;
    private long _taken;

    /// <summary>Bytes written so far.</summary>
    public long Length => _fullBytes + _used;

    public void Advance(int count) => _used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _current.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _current.AsSpan(_used);
    }

    public void WriteByte(byte value)
    {
        Reserve(1);
        _current[_used++] = value;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= _current.Length - _used)
        {
            bytes.CopyTo(_current.AsSpan(_used));
            _used += bytes.Length;
            return;
        }

        WriteLong(bytes);
    }

    /// <summary>Forgets everything and gives the memory back, one segment excepted.</summary>
    public void Clear()
    {
        foreach (var (bytes, _, _) in _full)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _full.Clear();
        _fullBytes = 0;
        _used = 0;
        _currentTaken = 0;
        if (_taken > 0)
        {
            budget?.Return(_taken);
            _taken = 0;
        }

        if (_current.Length > FirstSegmentBytes * 2)
        {
            ArrayPool<byte>.Shared.Return(_current);
            _current = [];
        }
    }

    /// <summary>Forgets what was written after the first <paramref name="length"/> bytes.</summary>
    public void Truncate(long length)
    {
        while (length < _fullBytes)
        {
            ArrayPool<byte>.Shared.Return(_current);
            budget?.Return(_currentTaken);
            _taken -= _currentTaken;
            (_current, _used, _currentTaken) = _full[^1];
            _full.RemoveAt(_full.Count - 1);
            _fullBytes -= _used;
        }

        _used = (int)(length - _fullBytes);
    }

    /// <summary>Sends everything. A slow client holds back this method, not the engine.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        for (var index = 0; index <= _full.Count; index++)
        {
            var rest = index < _full.Count ? _full[index].Bytes.AsMemory(0, _full[index].Length) : _current.AsMemory(0, _used);
            do
            {
                var part = rest[..Math.Min(SendBytesMax, rest.Length)];
                await output.WriteAsync(part, cancellationToken);
                rest = rest[part.Length..];
            }
            while (!rest.IsEmpty);
        }
    }

    /// <summary>Copies everything to memory that is large enough.</summary>
    public void CopyTo(Span<byte> target)
    {
        foreach (var (bytes, length, _) in _full)
        {
            bytes.AsSpan(0, length).CopyTo(target);
            target = target[length..];
        }

        _current.AsSpan(0, _used).CopyTo(target);
    }

    private void WriteLong(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Reserve(1);
            var part = Math.Min(bytes.Length, _current.Length - _used);
            bytes[..part].CopyTo(_current.AsSpan(_used));
            _used += part;
            bytes = bytes[part..];
        }
    }

    private void Reserve(int bytes)
    {
        if (_current.Length - _used < bytes)
        {
            AddSegment(bytes);
        }
    }

    private void AddSegment(int bytes)
    {
        var size = _current.Length == 0 ? FirstSegmentBytes : Math.Min(_current.Length * 2, SegmentBytesMax);
        size = Math.Max(size, bytes);
        var taken = size > FirstSegmentBytes * 2 && budget is not null ? size : 0;
        if (taken > 0)
        {
            Take(taken);
        }

        if (_current.Length > 0)
        {
            _full.Add((_current, _used, _currentTaken));
            _fullBytes += _used;
            _current = [];
        }

        _current = ArrayPool<byte>.Shared.Rent(size);
        _currentTaken = taken;
        _used = 0;
    }

    /// <summary>The engine is running the request when this happens, so it is the engine that must be told.</summary>
    private void Take(int bytes)
    {
        if (!budget!.TryTake(bytes))
        {
            throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Requests queued for too long.");
        }

        _taken += bytes;
    }
}

namespace Shoal.Engine.Log;

/// <summary>The segment files that hold nothing anyone needs, ready for use.</summary>
/// <remarks>Thread: safe for any. One file is always kept ready, so that the log does not wait for zero-filling.</remarks>
internal sealed class SegmentPool : IDisposable
{
    private const int SpareMax = 4;

    private readonly Lock _gate = new();
    private readonly Stack<LogSegment> _free = new();
    private readonly string _folder;
    private readonly long _segmentBytes;
    private int _nextName;
    private bool _preparing;
    private bool _disposed;

    public SegmentPool(string folder, long segmentBytes, int firstFreeName)
    {
        _folder = folder;
        _segmentBytes = segmentBytes;
        _nextName = firstFreeName;
    }

    /// <summary>A file to write to.</summary>
    public LogSegment Take()
    {
        LogSegment? segment;
        lock (_gate)
        {
            _free.TryPop(out segment);
        }

        segment ??= Create();
        PrepareSpare();
        return segment;
    }

    /// <summary>Gives back a file whose content is not needed any more.</summary>
    public void Return(LogSegment segment)
    {
        lock (_gate)
        {
            if (!_disposed && _free.Count < SpareMax && segment.LengthBytes == _segmentBytes)
            {
                _free.Push(segment);
                return;
            }
        }

        segment.Dispose();
        File.Delete(segment.Path);
    }

    public void Dispose()
    {
        SpinWait.SpinUntil(() => !Volatile.Read(ref _preparing));
        lock (_gate)
        {
            _disposed = true;
            while (_free.TryPop(out var segment))
            {
                segment.Dispose();
            }
        }
    }

    private void PrepareSpare()
    {
        lock (_gate)
        {
            if (_free.Count > 0 || _preparing || _disposed)
            {
                return;
            }

            _preparing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            static pool =>
            {
                try
                {
                    pool.Return(pool.Create());
                }
                catch (IOException)
                {
                    // A full disk: the log tries again when it really needs the file, and aborts then.
                }
                finally
                {
                    lock (pool._gate)
                    {
                        pool._preparing = false;
                    }
                }
            },
            this,
            preferLocal: false);
    }

    private LogSegment Create()
    {
        int name;
        lock (_gate)
        {
            name = _nextName++;
        }

        return LogSegment.Create(Path.Combine(_folder, $"{name:D8}.segment"), _segmentBytes);
    }
}

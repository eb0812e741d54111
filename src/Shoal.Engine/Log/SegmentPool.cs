using System.Security.Cryptography;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.Log;

/// <summary>The segment files that hold nothing anyone needs, ready for use.</summary>
/// <remarks>
/// Thread: safe for any. Owns: the files in it, and <c>newest</c>. One file is always kept ready, so that the log does not wait
/// for zero-filling.
/// </remarks>
internal sealed class SegmentPool : IDisposable
{
    /// <summary>As many as a checkpoint gives back, by default: with fewer, a busy log would zero-fill all the time.</summary>
    private const int SpareMax = 8;

    private readonly Lock _gate = new();
    private readonly Stack<LogSegment> _free = new();
    private readonly string _folder;
    private readonly long _segmentBytes;
    private readonly NewestSegment _newest;
    private int _nextName;
    private bool _preparing;
    private bool _disposed;

    /// <param name="folder">Where the files are.</param>
    /// <param name="segmentBytes">Length of a new one.</param>
    /// <param name="firstFreeName">Number for the name of a new one.</param>
    /// <param name="newest">Notes which segment was begun last.</param>
    public SegmentPool(string folder, long segmentBytes, int firstFreeName, NewestSegment newest)
    {
        _newest = newest;
        _folder = folder;
        _segmentBytes = segmentBytes;
        _nextName = firstFreeName;
    }

    /// <summary>Where salts come from; a test gives its own for the same bytes each time.</summary>
    public Func<ulong> NewSalt { get; init; } =
        static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>A file that is the next segment of the log, durably.</summary>
    /// <exception cref="IOException">The file system refused.</exception>
    public LogSegment Begin(uint epoch, uint sequence, LogPosition previousEnd, LogPosition oldestNeeded)
    {
        var segment = Take();
        segment.Begin(new SegmentHeader(epoch, sequence, NewSalt(), previousEnd, oldestNeeded, segment.LengthBytes));
        _newest.Set(sequence);
        return segment;
    }

    private LogSegment Take()
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

        _newest.Dispose();
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

        // It waits for the disk, and no thread of the pool shall.
        new Thread(CreateSpare) { IsBackground = true, Name = "shoal-segment" }.Start();
    }

    private void CreateSpare()
    {
        Scheduling.LetOthersFirst();
        try
        {
            // In small pieces: flushes of the log wait behind what the disk has to take.
            Return(Create(gently: true));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk: the log tries again when it really needs the file, and aborts then.
        }
        finally
        {
            lock (_gate)
            {
                _preparing = false;
            }
        }
    }

    private LogSegment Create(bool gently = false)
    {
        int name;
        lock (_gate)
        {
            name = _nextName++;
        }

        return LogSegment.Create(Path.Combine(_folder, $"{name:D8}.segment"), _segmentBytes, gently);
    }
}

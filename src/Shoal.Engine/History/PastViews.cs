using Shoal.Engine.Databases;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>States of the past that are being queried: put together once, shared by requests, and gone when nobody asks any more.</summary>
/// <remarks>
/// Bounded by <see cref="HistoryLimits.ViewBytesMax"/>; the one that was used longest ago makes room. Thread: safe for any. Owns:
/// the files and their connections, until disposed.
/// </remarks>
internal sealed class PastViews : IDisposable
{
    private const int TimesMax = 16;

    /// <summary>Each has some files open.</summary>
    private const int ViewsMax = 64;

    /// <summary>Views that wait until they are put together, one after the other.</summary>
    private const int UnfinishedMax = 16;

    private readonly Lock _gate = new();
    private readonly LinkedList<PastView> _views = [];
    private readonly DatabaseHost _host;
    private readonly string _scratch;
    private readonly EngineOptions _options;
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _building = new(1);
    private readonly CancellationTokenSource _stop = new();
    private bool _disposed;

    public PastViews(DatabaseHost host, string scratch, EngineOptions options)
    {
        _host = host;
        _scratch = scratch;
        _options = options;
        var period = options.History.ViewIdle / 2;
        _timer = options.TimeProvider.CreateTimer(_ => CloseIdle(), state: null, period, period);
    }

    /// <summary>How many there are; for tests.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _views.Count;
            }
        }
    }

    /// <summary>A view that exists, or is being made, of a moment; null when there is none. The caller releases it.</summary>
    public PastView? TryUse(DatabaseId id, RestoreMoment moment)
    {
        lock (_gate)
        {
            return Use(_views.FirstOrDefault(view => view.Id == id
                && (moment.Time is { } time ? view.Times.Contains(time) : view.Bookmark.ToString() == moment.Bookmark)));
        }
    }

    /// <summary>The view of a commit, which is put together when nobody has asked for it before. The caller releases it.</summary>
    /// <param name="id">The database.</param>
    /// <param name="bookmark">The commit.</param>
    /// <param name="build">Puts it together; its failure is told to all who wait.</param>
    /// <returns>The view, and whether it is new: otherwise <paramref name="build"/> is not called.</returns>
    /// <exception cref="EngineException">Too many others are waited for, or the engine is closing.</exception>
    public (PastView View, bool IsNew) Use(DatabaseId id, Bookmark bookmark, Func<RestoredFile, CancellationToken, Task> build)
    {
        PastView view;
        lock (_gate)
        {
            ThrowIfDisposed();
            if (Use(_views.FirstOrDefault(other => other.Id == id && other.Bookmark == bookmark)) is { } known)
            {
                return (known, false);
            }

            if (_views.Count(static other => other.File is null) >= UnfinishedMax)
            {
                throw Overloaded(id);
            }

            view = new PastView(id, bookmark) { Users = 1 };
            _views.AddLast(view);
        }

        // Others wait for it, too: it does not end with the request that was first.
        _ = Task.Run(() => OpenAsync(view, build));
        return (view, true);
    }

    /// <summary>Takes note of a moment that means the commit of a view.</summary>
    public void Note(PastView view, DateTimeOffset time)
    {
        lock (_gate)
        {
            if (view.Times.Count < TimesMax)
            {
                view.Times.Add(time);
            }
        }
    }

    /// <summary>The request is done with a view.</summary>
    public void Release(PastView view)
    {
        bool isLast;
        lock (_gate)
        {
            view.Users--;
            view.UsedAt = _options.TimeProvider.GetUtcNow();
            isLast = _disposed && view.Users == 0 && _views.Remove(view);
        }

        if (isLast)
        {
            Close(view);
        }
    }

    /// <summary>Closes all; one that is in use when its last request is done. Who waits for one hears that it does not come.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        List<PastView> unused;
        lock (_gate)
        {
            _disposed = true;
            unused = [.. _views.Where(static view => IsUnused(view))];
            unused.ForEach(view => _views.Remove(view));
        }

        // The semaphore is not disposed, for then it would not wake those that wait for it: each of them finds now that it is over.
        _stop.Cancel();
        unused.ForEach(Close);
    }

    private static bool IsUnused(PastView view) => view.Users == 0 && view.File is not null;

    private static EngineException Overloaded(DatabaseId id) => new(EngineErrorKind.Overloaded,
        "too many moments of the past are being queried at once", "Try again later, or fork the database to that moment.", id);

    private static void Close(PastView view)
    {
        view.Database?.Dispose();
        view.File?.Dispose();
    }

    private PastView? Use(PastView? view)
    {
        if (view is not null)
        {
            view.Users++;
            _views.Remove(view);
            _views.AddLast(view);
        }

        return view;
    }

    /// <summary>Gives a view the room that it takes; those that have to go for it leave the list.</summary>
    private List<PastView> MakeRoom(PastView view, long bytes)
    {
        var evicted = new List<PastView>();
        var free = _options.History.ViewBytesMax - _views.Sum(static other => other.Bytes);
        for (var node = _views.First; node is not null && !HasRoom(); node = node.Next)
        {
            if (IsUnused(node.Value))
            {
                evicted.Add(node.Value);
                free += node.Value.Bytes;
            }
        }

        if (!HasRoom())
        {
            throw Overloaded(view.Id);
        }

        evicted.ForEach(other => _views.Remove(other));
        view.Bytes = bytes;
        return evicted;

        bool HasRoom() => free >= bytes && _views.Count - evicted.Count <= ViewsMax;
    }

    private async Task OpenAsync(PastView view, Func<RestoredFile, CancellationToken, Task> build)
    {
        var file = new RestoredFile(_scratch);
        try
        {
            // One at a time: restores have the other processor.
            await _building.WaitAsync().ConfigureAwait(false);
            try
            {
                await build(file, _stop.Token).ConfigureAwait(false);
            }
            finally
            {
                _building.Release();
            }

            List<PastView> evicted;
            lock (_gate)
            {
                ThrowIfDisposed();
                evicted = MakeRoom(view, new FileInfo(file.Path).Length);
                view.Database = _host.OpenView(view.Id, file.Path);
                view.File = file;
            }

            evicted.ForEach(Close);
            view.Opened.SetResult(view.Database);
        }
#pragma warning disable CA1031 // a boundary: whatever went wrong is for those who wait
        catch (Exception error)
#pragma warning restore CA1031
        {
            file.Dispose();
            lock (_gate)
            {
                _views.Remove(view);
            }

            view.Opened.SetException(_stop.IsCancellationRequested ? HistoryRequests.ShuttingDown() : error);
        }
    }

    private void ThrowIfDisposed()
    {
        if (_disposed)
        {
            throw HistoryRequests.ShuttingDown();
        }
    }

    private void CloseIdle()
    {
        List<PastView> idle;
        lock (_gate)
        {
            var before = _options.TimeProvider.GetUtcNow() - _options.History.ViewIdle;
            idle = [.. _views.Where(view => IsUnused(view) && view.UsedAt <= before)];
            idle.ForEach(view => _views.Remove(view));
        }

        idle.ForEach(Close);
    }
}

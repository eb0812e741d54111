using Shoal.Engine.Log;
using Shoal.Protocol;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.History;

/// <summary>Writes snapshots of large databases, one after the other, so that nothing else of history waits for them.</summary>
/// <remarks>
/// Each becomes a pack of its own, which has no name that counts until the keeper takes it. Thread: its own writes, from the first
/// snapshot on; the keeper's calls, unless said otherwise. Owns: the thread, and packs that the keeper has not taken.
/// </remarks>
/// <param name="folder">Where packs are.</param>
/// <param name="log">Says which epoch and position it is.</param>
/// <param name="write">Writes a snapshot; throws when it can not.</param>
/// <param name="ended">Called on the own thread when one has ended, well or not.</param>
internal sealed class LargeSnapshots(
    HistoryFolder folder, CommitLog log, Action<SnapshotOrder, PackWriter, Action> write, Action ended) : IDisposable
{
    /// <summary>What the thread is called; for tests.</summary>
    public const string ThreadName = "shoal-snapshots";

    private readonly Lock _gate = new();
    private readonly Queue<SnapshotOrder> _waiting = [];
    private readonly Queue<LargeSnapshot> _ended = [];
    private readonly HashSet<DatabaseId> _ids = [];
    private readonly AutoResetEvent _work = new(initialState: false);
    private Thread? _thread;
    private volatile bool _stopping;

    /// <summary>Whether any is to be written, or to be taken. Thread: safe for any.</summary>
    public bool IsAny
    {
        get
        {
            lock (_gate)
            {
                return _ids.Count > 0;
            }
        }
    }

    /// <summary>Databases of which one is to be written, or to be taken, as they are now. Thread: safe for any.</summary>
    public IReadOnlyList<DatabaseId> Databases
    {
        get
        {
            lock (_gate)
            {
                return [.. _ids];
            }
        }
    }

    /// <summary>Whether one of a database is to be written, or to be taken. Thread: safe for any.</summary>
    public bool Contains(DatabaseId id)
    {
        lock (_gate)
        {
            return _ids.Contains(id);
        }
    }

    /// <summary>Asks for a snapshot; nothing happens when one of that database has not been taken yet.</summary>
    public void Add(in SnapshotOrder order)
    {
        lock (_gate)
        {
            if (!_ids.Add(order.Database))
            {
                return;
            }

            _waiting.Enqueue(order);
        }

        if (_thread is null)
        {
            _thread = new Thread(Loop) { IsBackground = true, Name = ThreadName };
            _thread.Start();
        }

        _work.Set();
    }

    /// <summary>Takes one that has ended; null when there is none. What is done with it is known before the next is taken.</summary>
    public LargeSnapshot? Take()
    {
        lock (_gate)
        {
            if (!_ended.TryDequeue(out var snapshot))
            {
                return null;
            }

            _ids.Remove(snapshot.Order.Database);
            return snapshot;
        }
    }

    /// <summary>Gives up what is being written.</summary>
    public void Dispose()
    {
        _stopping = true;
        _work.Set();
        _thread?.Join();
        while (Take() is { } snapshot)
        {
            snapshot.Pack?.Dispose();
            File.Delete(folder.PathOf(snapshot.Written));
        }

        _work.Dispose();
    }

    private void Loop()
    {
        Scheduling.LetOthersFirst();
        while (true)
        {
            if (_stopping)
            {
                return;
            }

            SnapshotOrder order;
            lock (_gate)
            {
                _waiting.TryDequeue(out order);
            }

            if (order == default)
            {
                _work.WaitOne();
                continue;
            }

            var snapshot = Write(order);
            lock (_gate)
            {
                _ended.Enqueue(snapshot);
            }

            ended();
        }
    }

    private LargeSnapshot Write(in SnapshotOrder order)
    {
        var at = log.Durable;
        var header = new PackHeader(PackLevel.Snapshots, log.Epoch, at, at);
        var written = HistoryFolder.UnfinishedNameOf($"snapshot-{order.Database}");
        PackWriter? pack = null;
        try
        {
            pack = folder.Begin($"snapshot-{order.Database}", header, Rest);
            write(order, pack, Rest);
            folder.Changing?.Invoke();
            pack.Finish();
            return new LargeSnapshot(order, header, written, pack, Error: null);
        }
        catch (Exception error)
        {
            // Boundary loop: the keeper hears of it.
            pack?.Dispose();
            return new LargeSnapshot(order, header, written, Pack: null, error);
        }
    }

    private void Rest()
    {
        Scheduling.OfferProcessor();
        if (_stopping)
        {
            throw new OperationCanceledException("the server is shutting down");
        }
    }
}

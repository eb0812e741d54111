using Shoal.Protocol;

namespace Shoal.Server.Transfer;

/// <summary>Who imports and exports now, and who waits: a few at once, and of one database one of each kind.</summary>
/// <remarks>Thread: safe for any. One database's imports can so hold up its own, and not everybody's.</remarks>
internal sealed class TransferQueue(SemaphoreSlim turns)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(TransferKind Kind, DatabaseId Database), Line> _lines = [];

    /// <summary>Waits for a turn; dispose it to give it back.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up, or the database's transfers were stopped.</exception>
    public async Task<TransferTurn> TakeAsync(TransferKind kind, DatabaseId database, CancellationToken cancellationToken)
    {
        var line = Join((kind, database));
        var stop = CancellationTokenSource.CreateLinkedTokenSource(line.Stop.Token, cancellationToken);
        var isFirst = false;
        try
        {
            await line.First.WaitAsync(stop.Token);
            isFirst = true;
            await turns.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            Leave(line, isFirst);
            stop.Dispose();
            throw;
        }

        return new TransferTurn(stop, () =>
        {
            turns.Release();
            Leave(line, isFirst: true);
        });
    }

    /// <summary>Cancels what runs and waits on a database.</summary>
    public async Task StopAsync(DatabaseId database)
    {
        foreach (var kind in Enum.GetValues<TransferKind>())
        {
            Line? line;
            lock (_gate)
            {
                if (!_lines.Remove((kind, database), out line))
                {
                    continue;
                }

                line.Members++;
            }

            await line.Stop.CancelAsync();
            Leave(line, isFirst: false);
        }
    }

    private Line Join((TransferKind Kind, DatabaseId Database) key)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(key, out var line))
            {
                line = new Line(key);
                _lines.Add(key, line);
            }

            line.Members++;
            return line;
        }
    }

    private void Leave(Line line, bool isFirst)
    {
        if (isFirst)
        {
            line.First.Release();
        }

        lock (_gate)
        {
            // One that was stopped is not found any more; its place may be another's.
            if (--line.Members > 0)
            {
                return;
            }

            if (_lines.GetValueOrDefault(line.Key) == line)
            {
                _lines.Remove(line.Key);
            }
        }

        line.Dispose();
    }

    /// <summary>The imports, or the exports, of one database, while it has any.</summary>
    private sealed class Line((TransferKind Kind, DatabaseId Database) key) : IDisposable
    {
        public (TransferKind Kind, DatabaseId Database) Key { get; } = key;

        public SemaphoreSlim First { get; } = new(1);

        public CancellationTokenSource Stop { get; } = new();

        public int Members { get; set; }

        public void Dispose()
        {
            First.Dispose();
            Stop.Dispose();
        }
    }
}

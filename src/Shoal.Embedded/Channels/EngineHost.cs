using System.Collections.Concurrent;
using Shoal.Engine;

namespace Shoal.Embedded.Channels;

/// <summary>The engine that channels share, and its end.</summary>
/// <remarks>Thread: safe. Owns: the engine and the transactions that are open on it.</remarks>
internal sealed class EngineHost(DatabaseEngine engine)
{
    private readonly ConcurrentDictionary<EngineTransaction, bool> _transactions = new();
    private int _closed;

    public DatabaseEngine Engine => engine;

    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    public void ThrowIfClosed() => ObjectDisposedException.ThrowIf(IsClosed, typeof(ShoalEngine));

    public void Add(EngineTransaction transaction) => _transactions[transaction] = true;

    public void Remove(EngineTransaction transaction) => _transactions.TryRemove(transaction, out _);

    /// <summary>Rolls open transactions back, finishes what runs and closes the engine. Later calls do nothing.</summary>
    public async ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        foreach (var transaction in _transactions.Keys)
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }

        await engine.DisposeAsync().ConfigureAwait(false);
    }
}

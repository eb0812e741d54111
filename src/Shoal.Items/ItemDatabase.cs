using Shoal.Engine;
using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Protocol;

namespace Shoal.Items;

/// <summary>A database of the engine, as far as items are concerned.</summary>
/// <remarks>Thread: safe for any. The one place where items become work of the engine.</remarks>
internal sealed class ItemDatabase(DatabaseEngine engine, DatabaseId id)
{
    private readonly TableCache _cache = new();

    public DatabaseId Id { get; } = id;

    public TimeProvider Time { get; } = engine.Options.TimeProvider;

    /// <summary>Runs an operation in a transaction; durable when the task completes.</summary>
    public async Task<T> WriteAsync<T>(Func<ItemTransaction, T> run, CancellationToken cancellation)
    {
        var work = new ItemWork<T>(_cache, Time, run);
        await engine.WriteAsync(Id, work, cancellation).ConfigureAwait(false);
        return work.Result;
    }

    /// <summary>Runs an operation that only reads, on one snapshot.</summary>
    public async Task<T> ReadAsync<T>(Func<ItemTransaction, T> run, CancellationToken cancellation)
    {
        var work = new ItemWork<T>(_cache, Time, run);
        await engine.ReadAsync(Id, work, cancellation).ConfigureAwait(false);
        return work.Result;
    }
}

using System.Runtime.CompilerServices;

namespace Shoal.Engine.History.Stores;

/// <summary>Counts the requests that a store gets, and their bytes: what a provider bills.</summary>
internal sealed class MeteredObjectStore(IObjectStore store, StoreMetrics metrics) : IObjectStore
{
    /// <inheritdoc/>
    public string Address => store.Address;

    /// <inheritdoc/>
    public async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var created = await CountAsync("put", () => store.CreateAsync(name, content, cancellationToken)).ConfigureAwait(false);
        metrics.Sent(created ? content.Length : 0);
        return created;
    }

    /// <inheritdoc/>
    public async Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        var count = await CountAsync("get", () => store.ReadAsync(name, offset, target, cancellationToken)).ConfigureAwait(false);
        metrics.Received(Math.Max(0, count));
        return count;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A request lists a thousand objects.
        const int ObjectsPerRequest = 1_000;
        var found = store.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var disposal = found.ConfigureAwait(false);
        for (var index = 0; ; index++)
        {
            var next = index % ObjectsPerRequest == 0
                ? await CountAsync("list", () => found.MoveNextAsync().AsTask()).ConfigureAwait(false)
                : await found.MoveNextAsync().ConfigureAwait(false);
            if (!next)
            {
                yield break;
            }

            yield return found.Current;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => CountAsync(
        "delete",
        async () =>
        {
            await store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            return true;
        });

    private async Task<T> CountAsync<T>(string kind, Func<Task<T>> request)
    {
        try
        {
            var result = await request().ConfigureAwait(false);
            metrics.Requested(kind, failed: false);
            return result;
        }
        catch
        {
            metrics.Requested(kind, failed: true);
            throw;
        }
    }
}

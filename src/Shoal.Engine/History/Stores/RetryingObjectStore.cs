using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Shoal.Engine.History.Stores;

/// <summary>Repeats requests that may succeed a little later, with growing pauses, and ends those that take too long.</summary>
/// <remarks>
/// A creation that is repeated may find its own object: that counts as created, if it has the same content.
/// </remarks>
/// <param name="store">The store.</param>
/// <param name="time">The clock of pauses.</param>
/// <param name="firstPause">The first pause, more or less; each further one is twice as long.</param>
/// <param name="attemptsMax">Requests per call at most.</param>
internal sealed class RetryingObjectStore(IObjectStore store, TimeProvider time, TimeSpan firstPause, int attemptsMax = 6)
    : IObjectStore
{
    private static readonly TimeSpan RequestTimeMax = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public string Address => store.Address;

    /// <inheritdoc/>
    public async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var attempts = 0;
        var created = await RunAsync(
            cancellation =>
            {
                attempts++;
                return store.CreateAsync(name, content, cancellation);
            },
            cancellationToken).ConfigureAwait(false);
        return created || (attempts > 1 && await HasContentAsync(name, content, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        RunAsync(cancellation => store.ReadAsync(name, offset, target, cancellation), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = await RunAsync(
            async cancellation =>
            {
                var found = new List<StoredObject>();
                await foreach (var one in store.ListAsync(prefix, cancellation).ConfigureAwait(false))
                {
                    found.Add(one);
                }

                return found;
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var one in all)
        {
            yield return one;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => RunAsync(
        async cancellation =>
        {
            await store.DeleteAsync(name, cancellation).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Whether an object is exactly this.</summary>
    public async Task<bool> HasContentAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        // One byte more, so that a longer object is seen to be another one.
        var stored = new byte[content.Length + 1];
        var count = await ReadAsync(name, 0, stored, cancellationToken).ConfigureAwait(false);
        return count == content.Length
            && CryptographicOperations.FixedTimeEquals(stored.AsSpan(0, content.Length), content.Span);
    }

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var limit = new CancellationTokenSource(RequestTimeMax, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            try
            {
                return await request(either.Token).ConfigureAwait(false);
            }
            catch (ObjectStoreException error) when (error.MayPass && attempt < attemptsMax)
            {
                // The next attempt comes after a pause.
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && attempt < attemptsMax)
            {
                // It took too long.
            }
            catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
            {
                throw new ObjectStoreException($"{store.Address} does not answer", "Look at the network and the endpoint.",
                    mayPass: true, error);
            }

            var pause = firstPause * (1 << (attempt - 1)) * (0.5 + Random.Shared.NextDouble());
            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
        }
    }
}

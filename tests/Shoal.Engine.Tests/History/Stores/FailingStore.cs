using System.Runtime.CompilerServices;
using Shoal.Engine.History.Stores;

namespace Shoal.Engine.Tests.History.Stores;

/// <summary>A store that counts, and fails when it is told to.</summary>
internal sealed class FailingStore(IObjectStore store) : IObjectStore
{
    private readonly Lock _gate = new();
    private readonly List<string> _requests = [];
    private Random? _random;
    private double _rate;
    private int? _left;

    public string Address => store.Address;

    /// <summary>What was asked for so far: kind and name.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Told of each request before it is done.</summary>
    public Action<string>? Requested { get; set; }

    /// <summary>Awaited before each request.</summary>
    public Func<Task>? Before { get; set; }

    /// <summary>Told when a request is done.</summary>
    public Action? Done { get; set; }

    /// <summary>Creations are done over what is there: a server that passes the condition over.</summary>
    public bool Overwrites { get; set; }

    public void ForgetRequests()
    {
        lock (_gate)
        {
            _requests.Clear();
        }
    }

    /// <summary>From now on a part of the requests fails: some before they do anything, some after, some by never answering.</summary>
    public void FailSome(int seed, double rate) => (_random, _rate) = (new Random(seed), rate);

    /// <summary>Only so many requests more are done; those behind fail as if the process had ended.</summary>
    public void StopAfter(int requests) => _left = requests;

    public void Stop() => StopAfter(0);

    public void Heal() => (_random, _left) = (null, null);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => RunAsync(
        "put " + name,
        async () =>
        {
            if (Overwrites)
            {
                await store.DeleteAsync(name, cancellationToken);
            }

            return await store.CreateAsync(name, content, cancellationToken);
        });

    public Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        RunAsync("get " + name, () => store.ReadAsync(name, offset, target, cancellationToken));

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RunAsync("list " + prefix, () => Task.FromResult(true));
        await foreach (var found in store.ListAsync(prefix, cancellationToken))
        {
            yield return found;
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => RunAsync(
        "delete " + name,
        async () =>
        {
            await store.DeleteAsync(name, cancellationToken);
            return true;
        });

    private async Task<T> RunAsync<T>(string what, Func<Task<T>> request)
    {
        Requested?.Invoke(what);
        if (Before is { } before)
        {
            await before();
        }

        var fate = 0;
        lock (_gate)
        {
            _requests.Add(what);
            if (_left is { } left)
            {
                _left = left - 1;
                if (left <= 0)
                {
                    throw new ObjectStoreException("the process has ended", hint: null, mayPass: false);
                }
            }

            if (_random is not null && _random.NextDouble() < _rate)
            {
                fate = 1 + _random.Next(3);
            }
        }

        if (fate == 1)
        {
            throw new ObjectStoreException("503 before", hint: null, mayPass: true);
        }

        var result = await request();
        Done?.Invoke();
        return fate switch
        {
            2 => throw new ObjectStoreException("the answer was lost", hint: null, mayPass: true),
            3 => throw new TaskCanceledException("it took too long"),
            _ => result,
        };
    }
}

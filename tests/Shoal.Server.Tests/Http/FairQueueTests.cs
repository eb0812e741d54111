using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.Tests.Http;

/// <summary>Requests that wait for a processor go on in turns between databases.</summary>
public sealed class FairQueueTests
{
    private readonly DatabaseRecord _loud = Database("loud");
    private readonly DatabaseRecord _quiet = Database("quiet");

    [Fact]
    public void Who_sends_one_request_does_not_wait_for_all_of_another()
    {
        var queue = new FairQueue(width: 1, static () => true);
        var order = new List<string>();
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        using var done = new CountdownEvent(51);
        queue.Enqueue(_loud.Id, () =>
        {
            begun.Set();
            go.Wait();
        });
        begun.Wait(TestContext.Current.CancellationToken);
        for (var request = 0; request < 50; request++)
        {
            queue.Enqueue(_loud.Id, () => Note("loud"));
        }

        queue.Enqueue(_quiet.Id, () => Note("quiet"));
        go.Set();
        done.Wait(TestContext.Current.CancellationToken);

        Assert.Equal("quiet", order[0]);
        Assert.Equal(50, order.Count(name => name == "loud"));

        void Note(string name)
        {
            order.Add(name);
            done.Signal();
        }
    }

    [Fact]
    public void Everything_that_waits_goes_on_once_and_no_more_at_a_time_than_there_are_processors()
    {
        var queue = new FairQueue(width: 2, static () => true);
        var databases = Enumerable.Range(0, 7).Select(number => Database($"d{number}")).ToArray();
        var counts = new int[4_000];
        var going = 0;
        var most = 0;
        using var done = new CountdownEvent(counts.Length);
        Parallel.For(0, counts.Length, request => queue.Enqueue(databases[request % databases.Length].Id, () =>
        {
            var now = Interlocked.Increment(ref going);
            InterlockedMax(ref most, now);
            Interlocked.Increment(ref counts[request]);
            Interlocked.Decrement(ref going);
            done.Signal();
        }));
        done.Wait(TestContext.Current.CancellationToken);

        Assert.All(counts, count => Assert.Equal(1, count));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task Nothing_waits_while_threads_are_free()
    {
        var queue = new FairQueue(width: 1, static () => false);

        Assert.True(queue.MayGoOn(_loud));
        Assert.True(queue.MayGoOn(_quiet));
        await queue.NextAsync(_loud);
    }

    [Fact]
    public async Task A_request_waits_behind_those_that_wait_already_and_goes_on()
    {
        var isBusy = true;
        var queue = new FairQueue(width: 1, () => isBusy);
        Assert.False(queue.MayGoOn(_loud));
        using var go = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        queue.Enqueue(_loud.Id, () =>
        {
            begun.Set();
            go.Wait();
        });
        begun.Wait(TestContext.Current.CancellationToken);
        queue.Enqueue(_loud.Id, static () => { });
        isBusy = false;

        Assert.False(queue.MayGoOn(_quiet));
        var quiet = EnterAsync(queue);
        Assert.False(quiet.IsCompleted);
        go.Set();
        await quiet;
    }

    private async Task EnterAsync(FairQueue queue) => await queue.NextAsync(_quiet);

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static DatabaseRecord Database(string name) => new(DatabaseId.NewRandom(), "account", name, DateTimeOffset.UnixEpoch,
        LocationHint: null, Jurisdiction: null, "disabled");
}

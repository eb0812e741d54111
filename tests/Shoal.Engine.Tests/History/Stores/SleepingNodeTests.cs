using System.Text;
using Shoal.Engine.History;
using Shoal.Engine.History.Stores;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History.Stores;

/// <summary>
/// Goal: a machine that has slept, however its clocks saw that, destroys nothing of the node that was made in its place.
/// Method: sessions with clocks of their own, and packs that are only names.
/// </summary>
public sealed class SleepingNodeTests : IDisposable
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromHours(2);

    private readonly TempFolder _folder = new();
    private readonly FailingStore _store;

    public SleepingNodeTests() => _store = new FailingStore(new FolderObjectStore(_folder.Combine("bucket")));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_node_whose_clocks_stood_still_deletes_nothing_that_its_successor_has()
    {
        var sleeper = await OpenAsync("sleeper", new ManualTimeProvider());
        await WriteAsync(sleeper, "catalog-1", "one", "two");
        await SucceedAsync();
        Assert.False(File.Exists(_folder.Combine("bucket/steps/000000000002")), "the sleeper's next number is not free again");
        var there = Objects("packs").Concat(Objects("catalogs")).ToArray();

        await Assert.ThrowsAsync<StoreFencedException>(() => WriteAsync(sleeper, "catalog-2", "two", "late"));

        Assert.Equal(["catalog-1"], there.Where(static name => name.StartsWith("catalog", StringComparison.Ordinal)));
        Assert.Empty(there.Except(Objects("packs").Concat(Objects("catalogs"))));
        Assert.Equal(3UL, (await new BucketReader(_store).FindNewestAsync(CancellationToken.None))?.Newest);
    }

    [Fact]
    public async Task A_node_whose_clock_of_intervals_stood_still_does_not_write_what_nobody_would_read()
    {
        var time = new ManualTimeProvider();
        var sleeper = await OpenAsync("sleeper", time);
        await WriteAsync(sleeper, "catalog-1", "one");
        await SucceedAsync();
        time.Jump(LongEnough);
        var steps = Objects("steps");

        await Assert.ThrowsAsync<StoreFencedException>(
            () => sleeper.WriteTailAsync([1], new LogPosition(1, 64), time: 0, CancellationToken.None));

        Assert.Equal(steps, Objects("steps"));
    }

    [Fact]
    public async Task Steps_are_listed_once_for_a_manifest_that_lets_something_go_and_not_for_others()
    {
        var session = await OpenAsync("node", new ManualTimeProvider());
        await WriteAsync(session, "catalog-1", "one");
        _store.ForgetRequests();
        await WriteAsync(session, "catalog-1", "one", "two");
        Assert.Equal(["put packs/two.0000", "put steps/000000000002"], _store.Requests);

        _store.ForgetRequests();
        await WriteAsync(session, "catalog-2", "two");
        Assert.Equal(
            ["put catalogs/catalog-2", "put steps/000000000003", "list steps/", "delete packs/one.0000", "delete catalogs/catalog-1"],
            _store.Requests);
    }

    private Task<BucketSession> OpenAsync(string node, ManualTimeProvider time)
    {
        Directory.CreateDirectory(_folder.Combine(node));
        return BucketSession.OpenAsync(
            new RetryingObjectStore(_store, time, TimeSpan.Zero), _folder.Combine(node), time, CancellationToken.None);
    }

    /// <summary>Another node is made from the first step of the sleeper, and goes on until that one's next number is free again.</summary>
    private async Task SucceedAsync()
    {
        var time = new ManualTimeProvider();
        var from = StoreNote.Read(_folder.Combine("sleeper"))!;
        Directory.CreateDirectory(_folder.Combine("successor"));
        new StoreNote(DatabaseId.NewRandom().Value, from.Node, from.Step, Bases: 0).Save(_folder.Combine("successor"));
        var successor = await OpenAsync("successor", time);
        await WriteAsync(successor, "catalog-1", "one", "two", "three");
        time.Advance(LongEnough);
        await WriteAsync(successor, "catalog-1", "one", "two", "three", "four");
    }

    private async Task WriteAsync(BucketSession session, string catalog, params string[] packs)
    {
        var infos = new List<PackInfo>();
        foreach (var pack in packs)
        {
            await File.WriteAllTextAsync(_folder.Combine(pack), pack);
            infos.Add(new PackInfo(pack, pack.Length, FirstTime: 0, LastTime: 0));
        }

        var copy = new CatalogCopy(Encoding.UTF8.GetBytes(catalog), catalog, Awaited: []);
        await session.UploadAsync(infos, pack => _folder.Combine(pack), CancellationToken.None);
        await session.UploadAsync(copy, CancellationToken.None);
        await session.WriteManifestAsync(
            new HistoryManifest(LogPosition.Zero, NextPack: 1, Began: 0, infos), copy, time: 0, CancellationToken.None);
    }

    private string[] Objects(string prefix) => [.. new DirectoryInfo(_folder.Combine($"bucket/{prefix}")).EnumerateFiles()
        .Select(static file => file.Name).Order(StringComparer.Ordinal)];
}

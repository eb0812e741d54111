using Shoal.Engine.History.Stores;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History.Stores;

/// <summary>Goal: a store lists a fork together with its first snapshot. Method: uploads while that is being written.</summary>
public sealed class ForkUploadTests : IDisposable
{
    private readonly TempFolder _bucket = new();

    public void Dispose() => _bucket.Dispose();

    private FailingStore NewStore() => new(new FolderObjectStore(_bucket.Combine("bucket")));

    [Fact]
    public async Task A_fork_is_in_the_store_when_an_upload_after_it_is_done()
    {
        var store = NewStore();
        await using var fixture = await HistoryFixture.StartAsync(store: store);
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES ('forked')");
        await fixture.Travel.UploadAsync();

        // The snapshot of the fork waits until the upload has written a step.
        using var stepped = new ManualResetEventSlim();
        fixture.Travel.Changing = stepped.Wait;
        store.Requested = request => Set(stepped, request);
        var fork = (await fixture.Travel.ForkAsync(id, moment: null, EngineFixture.New("fork"))).Id;
        await fixture.RunAsync(id, "UPDATE t SET a = 'later'");
        await fixture.Travel.UploadAsync();

        var result = await fixture.RebuildAsync(NewStore());
        Assert.Empty(result.NotNewest);
        Assert.Equal("forked", await fixture.RunAsync(fork, "SELECT a FROM t"));
        Assert.Equal("later", await fixture.RunAsync(id, "SELECT a FROM t"));
    }

    [Fact]
    public async Task What_is_lost_with_a_forks_snapshot_is_told_and_others_are_uploaded_meanwhile()
    {
        var store = NewStore();
        await using var fixture = await HistoryFixture.StartAsync(store: store);
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.Travel.UploadAsync();
        using var released = new ManualResetEventSlim();
        var stepped = new TaskCompletionSource();
        fixture.Travel.Changing = released.Wait;
        await fixture.Travel.ForkAsync(id, moment: null, EngineFixture.New("fork"));
        await fixture.RunAsync(id, "INSERT INTO t VALUES ('beside the fork')");
        var puts = 0;
        store.Requested = request =>
        {
            // A round writes a manifest and a tail. The second round comes when the first is done.
            puts += request.StartsWith("put steps/", StringComparison.Ordinal) ? 1 : 0;
            if (puts == 2)
            {
                store.Done = () => stepped.TrySetResult();
            }
        };
        var uploading = fixture.Travel.UploadAsync();
        await Task.WhenAny(stepped.Task, uploading);

        var folder = fixture.NewFolder();
        var options = new NodeRestoreOptions { Store = NewStore(), DataFolder = folder, TimeProvider = fixture.Time };
        var result = await NodeRestore.RunAsync(options, new Progress<NodeRestoreProgress>());
        Assert.Equal("fork: its first snapshot was not in the store yet", Assert.Single(result.NotNewest));
        Assert.Equal(1, result.Databases);
        await using (var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder }))
        {
            Assert.Null(engine.FindDatabase(EngineFixture.New("fork").Account, "fork"));
            var rows = new Requests.ResultCollector();
            await engine.ExecuteAsync(id, Requests.SqlRequest.Relaxed("SELECT count(*) FROM t"), rows);
            Assert.Equal(1, rows.Rows[0][0].AsInteger);
        }

        released.Set();
        await uploading;
    }

    [Fact]
    public async Task A_stop_behind_any_request_of_an_upload_leaves_a_fork_whole_or_out_and_it_comes_with_the_next()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES ('forked')");
        await fixture.Travel.UploadAsync();
        var isCut = true;
        var forks = new List<DatabaseId>();
        for (var requests = 1; isCut; requests++)
        {
            (fixture.Store as FailingStore)!.Stop();
            var store = NewStore();
            fixture.Store = store;
            await fixture.RestartAsync();
            await fixture.Travel.UploadAsync();
            await CheckAsync(fixture, forks, [], $"before {requests}");

            using var stepped = new ManualResetEventSlim();
            fixture.Travel.Changing = stepped.Wait;
            store.Requested = request => Set(stepped, request);
            var fork = (await fixture.Travel.ForkAsync(id, moment: null, EngineFixture.New($"fork-{requests}"))).Id;
            store.StopAfter(requests);
            isCut = !await TryUploadAsync(fixture);
            stepped.Set();
            await CheckAsync(fixture, isCut ? forks : [.. forks, fork], [fork], $"{requests} requests");
            forks.Add(fork);
        }

        Assert.InRange(forks.Count, 4, int.MaxValue);
    }

    [Fact]
    public async Task A_fork_whose_snapshot_a_stop_has_cut_off_is_in_the_store_after_the_next_upload()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES ('forked')");
        await fixture.Travel.UploadAsync();
        using var released = new ManualResetEventSlim();
        fixture.Travel.Changing = released.Wait;
        var fork = (await fixture.Travel.ForkAsync(id, moment: null, EngineFixture.New("fork"))).Id;
        var left = fixture.LeaveBehind();
        (fixture.Store as FailingStore)!.Stop();
        fixture.Store = NewStore();
        released.Set();
        await fixture.GoOnWithAsync(left);

        await fixture.Travel.UploadAsync();
        await CheckAsync(fixture, [fork], [], "after the stop");
    }

    private static void Set(ManualResetEventSlim stepped, string request)
    {
        if (request.StartsWith("put steps/", StringComparison.Ordinal))
        {
            stepped.Set();
        }
    }

    private static async Task<bool> TryUploadAsync(HistoryFixture fixture)
    {
        try
        {
            await fixture.Travel.UploadAsync();
            return true;
        }
        catch (EngineException)
        {
            return false;
        }
    }

    /// <summary>A new machine has those that must be there, whole, and of others only what it can give.</summary>
    private async Task CheckAsync(HistoryFixture fixture, List<DatabaseId> there, List<DatabaseId> others, string when)
    {
        var folder = fixture.NewFolder();
        await NodeRestore.RunAsync(new NodeRestoreOptions { Store = NewStore(), DataFolder = folder, TimeProvider = fixture.Time },
            new Progress<NodeRestoreProgress>());
        await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder });
        Assert.All(there, id => Assert.True(engine.FindDatabase(id) is not null, $"{when}: fork {id} is lost"));
        foreach (var id in there.Concat(others).Distinct().Where(id => engine.FindDatabase(id) is not null))
        {
            var rows = new Requests.ResultCollector();
            await engine.ExecuteAsync(id, Requests.SqlRequest.Relaxed("SELECT a FROM t"), rows);
            Assert.Equal("forked", System.Text.Encoding.UTF8.GetString(rows.Rows[0][0].AsBytes.Span));
        }
    }
}

using Shoal.Engine.History.Stores;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History.Stores;

/// <summary>
/// Goal: whatever a store answers, what was uploaded can be restored, and each state that can be is one that there was.
/// Method: a model of the states of some databases; faults by seed, or the end of the process behind each request.
/// </summary>
public sealed class StoreFaultTests : IDisposable
{
    private readonly TempFolder _bucket = new();

    public void Dispose() => _bucket.Dispose();

    private FailingStore NewStore() => new(new FolderObjectStore(_bucket.Combine("bucket")));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task With_failing_requests_nothing_that_was_uploaded_is_lost(int seed)
    {
        var random = new Random(seed);
        var store = NewStore();
        await using var fixture = await HistoryFixture.StartAsync(store: store);
        store.FailSome(seed, rate: 0.35);
        var states = new Dictionary<DatabaseId, List<string>>();
        var uploaded = new Dictionary<DatabaseId, int>();
        for (var step = 0; step < 60; step++)
        {
            await ChangeAsync(fixture, states, random, step);
            if (random.Next(3) == 0)
            {
                await TryUploadAsync(fixture, states, uploaded);
            }

            if (random.Next(12) == 0)
            {
                store.Heal();
                await fixture.RestartAsync();
                store.FailSome(seed * 1_000 + step, rate: 0.35);
            }
        }

        Assert.True(uploaded.Count > 0, $"seed {seed}: no upload came through");
        await fixture.RebuildAsync(NewStore());
        await CheckAsync(fixture, states, uploaded, $"seed {seed}");
    }

    [Fact]
    public async Task The_end_of_the_process_behind_any_request_loses_no_upload_and_the_node_goes_on()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var random = new Random(7);
        var states = new Dictionary<DatabaseId, List<string>>();
        var uploaded = new Dictionary<DatabaseId, int>();
        var isCut = true;
        for (var requests = 0; requests < 12 || isCut; requests++)
        {
            var store = NewStore();
            fixture.Store = store;
            await fixture.RestartAsync();
            await fixture.Travel.UploadAsync();
            Note(states, uploaded);
            for (var step = 0; step < 4; step++)
            {
                await ChangeAsync(fixture, states, random, requests * 10 + step);
            }

            await fixture.Travel.SealAsync();
            await ChangeAsync(fixture, states, random, requests * 10 + 5);
            store.StopAfter(requests);
            isCut = !await TryUploadAsync(fixture, states, uploaded);
            store.Stop();

            // A new machine has what was uploaded, and the old one goes on.
            var folder = fixture.NewFolder();
            await NodeRestore.RunAsync(
                new NodeRestoreOptions { Store = NewStore(), DataFolder = folder, TimeProvider = fixture.Time },
                new Progress<NodeRestoreProgress>());
            await using (var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder }))
            {
                await CheckAsync(engine, states, uploaded, $"{requests} requests");
            }
        }
    }

    [Fact]
    public async Task Of_many_who_create_one_object_exactly_one_does()
    {
        var store = new FolderObjectStore(_bucket.Combine("race"));
        for (var round = 0; round < 20; round++)
        {
            var name = $"steps/{round}";
            var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(
                index => Task.Run(() => store.CreateAsync(name, new[] { (byte)index }, CancellationToken.None))));
            var winner = Array.FindIndex(created, static one => one);
            Assert.Single(created, static one => one);
            var content = new byte[2];
            Assert.Equal(1, await store.ReadAsync(name, 0, content, CancellationToken.None));
            Assert.Equal(winner, content[0]);
        }

        Assert.Equal(-1, await store.ReadAsync("steps/none", 0, new byte[1], CancellationToken.None));
    }

    private static async Task ChangeAsync(HistoryFixture fixture, Dictionary<DatabaseId, List<string>> states, Random random, int step)
    {
        if (states.Count == 0 || (states.Count < 5 && random.Next(4) == 0))
        {
            states.Add(await fixture.CreateAsync($"tenant-{step}"), [""]);
            return;
        }

        var id = states.Keys.ElementAt(random.Next(states.Count));
        await fixture.RunAsync(id, $"CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES ({step})");
        states[id].Add(await fixture.RunAsync(id, "SELECT group_concat(a) FROM t"));
    }

    private static void Note(Dictionary<DatabaseId, List<string>> states, Dictionary<DatabaseId, int> uploaded)
    {
        foreach (var (id, all) in states)
        {
            uploaded[id] = all.Count - 1;
        }
    }

    private static async Task<bool> TryUploadAsync(
        HistoryFixture fixture, Dictionary<DatabaseId, List<string>> states, Dictionary<DatabaseId, int> uploaded)
    {
        try
        {
            await fixture.Travel.UploadAsync();
            Note(states, uploaded);
            return true;
        }
        catch (EngineException)
        {
            return false;
        }
    }

    private static Task CheckAsync(
        HistoryFixture fixture, Dictionary<DatabaseId, List<string>> states, Dictionary<DatabaseId, int> uploaded, string when) =>
        CheckAsync(fixture.Engine, states, uploaded, when);

    private static async Task CheckAsync(
        DatabaseEngine engine, Dictionary<DatabaseId, List<string>> states, Dictionary<DatabaseId, int> uploaded, string when)
    {
        foreach (var (id, last) in uploaded)
        {
            Assert.True(engine.FindDatabase(id) is not null, $"{when}: database {id} is lost");
            var rows = new Requests.ResultCollector();
            await engine.ExecuteAsync(id, Requests.SqlRequest.Relaxed("SELECT 1 FROM sqlite_schema"), rows);
            var now = "";
            if (rows.Rows.Count > 0)
            {
                var values = new Requests.ResultCollector();
                await engine.ExecuteAsync(id, Requests.SqlRequest.Relaxed("SELECT group_concat(a) FROM t"), values);
                now = System.Text.Encoding.UTF8.GetString(values.Rows[0][0].AsBytes.Span);
            }

            // A later one than was told to be uploaded is as good: its upload came through, and the answer did not.
            Assert.True(states[id].IndexOf(now) >= last, $"{when}: database {id} is {now}, and {states[id][last]} was uploaded");
        }
    }
}

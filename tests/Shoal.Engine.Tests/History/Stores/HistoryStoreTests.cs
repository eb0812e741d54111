using Shoal.Engine.History;
using Shoal.Engine.History.Stores;
using Shoal.Engine.Transfer;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History.Stores;

/// <summary>Goal: a node can be lost, and made anew from its store, with all that was uploaded.</summary>
public sealed class HistoryStoreTests : IDisposable
{
    private readonly TempFolder _bucket = new();

    public void Dispose() => _bucket.Dispose();

    private FailingStore NewStore(string name = "bucket") => new(new FolderObjectStore(_bucket.Combine(name)));

    [Fact]
    public async Task A_node_made_from_its_store_has_all_that_was_uploaded_and_its_history_goes_on()
    {
        var store = NewStore();
        await using var fixture = await HistoryFixture.StartAsync(store: store);
        var (first, second, empty) = (await fixture.CreateAsync("first"), await fixture.CreateAsync("second"), await fixture.CreateAsync("empty"));
        await fixture.RunAsync(first, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.RunAsync(second, "CREATE TABLE u(b); INSERT INTO u VALUES ('x')");
        var early = (Bookmark: fixture.Bookmark(first), Dump: await fixture.DumpAsync(first));
        await fixture.Travel.UploadAsync();
        await fixture.RunAsync(first, "INSERT INTO t VALUES (2)");
        await fixture.Travel.UploadAsync();
        var (firstDump, secondDump) = (await fixture.DumpAsync(first), await fixture.DumpAsync(second));
        await fixture.RunAsync(first, "INSERT INTO t VALUES ('is lost with the machine')");
        var lost = fixture.Bookmark(first);

        var result = await fixture.RebuildAsync(NewStore());

        Assert.Equal(3, result.Databases);
        Assert.Empty(result.NotNewest);
        Assert.Equal(firstDump, await fixture.DumpAsync(first));
        Assert.Equal(secondDump, await fixture.DumpAsync(second));
        Assert.Equal("0", await fixture.RunAsync(empty, "SELECT count(*) FROM sqlite_schema"));

        // What comes after has bookmarks of its own, and those of before are good.
        await fixture.RunAsync(first, "INSERT INTO t VALUES (3)");
        await fixture.RunAsync(empty, "CREATE TABLE v(c)");
        Assert.NotEqual(lost, fixture.Bookmark(first));
        var later = (Bookmark: fixture.Bookmark(first), Dump: await fixture.DumpAsync(first));
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(first, "DELETE FROM t");
        await fixture.Travel.RestoreAsync(first, RestoreMoment.At(early.Bookmark));
        Assert.Equal(early.Dump, await fixture.DumpAsync(first));
        await fixture.Travel.RestoreAsync(first, RestoreMoment.At(later.Bookmark));
        Assert.Equal(later.Dump, await fixture.DumpAsync(first));
        await fixture.Travel.UploadAsync();

        await fixture.RebuildAsync(NewStore());
        Assert.Equal(later.Dump, await fixture.DumpAsync(first));
        Assert.Equal("v", await fixture.RunAsync(empty, "SELECT name FROM sqlite_schema"));
        Assert.Equal(secondDump, await fixture.DumpAsync(second));
        await fixture.Travel.RestoreAsync(first, RestoreMoment.At(early.Bookmark));
        Assert.Equal(early.Dump, await fixture.DumpAsync(first));
    }

    [Fact]
    public async Task An_upload_is_one_request_for_all_databases_and_none_when_nothing_has_changed()
    {
        var store = NewStore();
        await using var fixture = await HistoryFixture.StartAsync(store: store);
        var ids = new List<DatabaseId>();
        for (var index = 0; index < 20; index++)
        {
            ids.Add(await fixture.CreateAsync($"tenant-{index}"));
            await fixture.RunAsync(ids[^1], "CREATE TABLE t(a)");
        }

        await fixture.Travel.UploadAsync();
        foreach (var id in ids)
        {
            await fixture.RunAsync(id, "INSERT INTO t VALUES (1)");
        }

        store.ForgetRequests();
        await fixture.Travel.UploadAsync();
        Assert.StartsWith("put steps/", Assert.Single(store.Requests), StringComparison.Ordinal);
        await fixture.Travel.UploadAsync();
        Assert.Single(store.Requests);

        await fixture.RebuildAsync(NewStore());
        foreach (var id in ids)
        {
            Assert.Equal("1", await fixture.RunAsync(id, "SELECT a FROM t"));
        }
    }

    [Fact]
    public async Task A_node_whose_store_was_taken_over_stops_uploading_and_says_why()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.Travel.UploadAsync();
        var old = fixture.Engine;
        await fixture.RebuildAsync(NewStore(), dispose: false);
        await fixture.RunAsync(id, "INSERT INTO t VALUES ('new node')");
        await fixture.Travel.UploadAsync();

        await old.CreateDatabaseAsync(EngineFixture.New("late"));
        var error = await Assert.ThrowsAnyAsync<EngineException>(() => old.TimeTravel.UploadAsync());
        Assert.Contains("another node writes to the history store", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        await old.DisposeAsync();

        await fixture.RebuildAsync(NewStore());
        Assert.Equal("new node", await fixture.RunAsync(id, "SELECT a FROM t"));
        Assert.Null(fixture.Engine.FindDatabase(EngineFixture.New("late").Account, "late"));
    }

    [Fact]
    public async Task The_store_of_another_node_and_a_folder_that_was_put_back_are_refused_at_the_start()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.Travel.UploadAsync();
        var copy = fixture.LeaveBehind();
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.Travel.UploadAsync();
        await fixture.RestartAsync();
        await fixture.Travel.UploadAsync();

        var older = await Assert.ThrowsAnyAsync<EngineException>(() => fixture.GoOnWithAsync(copy));
        Assert.Contains("is older than what it has stored", older.Message, StringComparison.Ordinal);
        await using var other = await HistoryFixture.StartAsync();
        other.Store = NewStore();
        var foreign = await Assert.ThrowsAnyAsync<EngineException>(() => other.RestartAsync());
        Assert.Contains("holds the history of another node", foreign.Message, StringComparison.Ordinal);
        Assert.Contains("shoal restore --from", foreign.Hint, StringComparison.Ordinal);
        (fixture.Store, other.Store) = (null, null);
        await fixture.OpenAsync();
        await other.OpenAsync();
    }

    [Fact]
    public async Task A_store_that_overwrites_is_refused_at_the_start()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var store = NewStore();
        store.Overwrites = true;
        fixture.Store = store;
        var error = await Assert.ThrowsAnyAsync<EngineException>(() => fixture.RestartAsync());
        Assert.Contains("If-None-Match", error.Message, StringComparison.Ordinal);
        fixture.Store = null;
        await fixture.OpenAsync();
    }

    [Fact]
    public async Task A_store_that_is_away_at_the_start_keeps_nobody_from_being_served()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var store = NewStore();
        store.FailSome(seed: 1, rate: 1);
        fixture.Store = store;
        await fixture.RestartAsync();
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await Assert.ThrowsAnyAsync<EngineException>(() => fixture.Travel.UploadAsync());
        store.Heal();
        await fixture.Travel.UploadAsync();
        await fixture.RebuildAsync(NewStore());
        Assert.Equal("t", await fixture.RunAsync(id, "SELECT name FROM sqlite_schema"));
    }

    [Fact]
    public async Task Databases_from_before_there_was_history_get_a_base()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        await fixture.RestartAsync(DurabilityMode.Sqlite);
        var id = await fixture.CreateAsync("old");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES ('from mode sqlite')");
        fixture.Store = NewStore();
        await fixture.RestartAsync();
        await fixture.Travel.UploadAsync();

        // The first round only asks for it; it is in what comes after.
        await fixture.Travel.SealAsync();
        await fixture.Travel.UploadAsync();
        await fixture.RebuildAsync(NewStore());
        Assert.Equal("from mode sqlite", await fixture.RunAsync(id, "SELECT a FROM t"));
    }

    [Fact]
    public async Task What_is_put_together_and_let_go_is_so_in_the_store_too()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        for (var hour = 0; hour < 4; hour++)
        {
            for (var index = 0; index < 3; index++)
            {
                await fixture.RunAsync(id, $"INSERT INTO t VALUES ({hour})");
                await fixture.Travel.SealAsync();
                await fixture.Travel.UploadAsync();
            }

            fixture.Time.Advance(TimeSpan.FromHours(1));
        }

        await fixture.Travel.CompactAsync();
        await fixture.Travel.UploadAsync();
        var stored = Directory.GetFiles(_bucket.Combine("bucket/packs")).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);
        Assert.Equal(fixture.Travel.Manifest.Packs.Select(static pack => pack.Name).Order(StringComparer.Ordinal), stored);
        var dump = await fixture.DumpAsync(id);
        await fixture.RebuildAsync(NewStore());
        Assert.Equal(dump, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task A_restore_to_a_moment_has_the_databases_of_that_moment_also_deleted_ones()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var (kept, deleted) = (await fixture.CreateAsync("kept"), await fixture.CreateAsync("deleted"));
        await fixture.RunAsync(kept, "CREATE TABLE t(a); INSERT INTO t VALUES ('then')");
        await fixture.RunAsync(deleted, "CREATE TABLE t(a); INSERT INTO t VALUES ('gone')");
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        var then = fixture.Time.GetUtcNow();
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        await fixture.RunAsync(kept, "UPDATE t SET a = 'now'");
        await fixture.Engine.DeleteDatabaseAsync(deleted);
        var late = await fixture.CreateAsync("late");
        await fixture.Travel.UploadAsync();

        var result = await fixture.RebuildAsync(NewStore(), at: then);
        Assert.Equal(2, result.Databases);
        Assert.Equal("then", await fixture.RunAsync(kept, "SELECT a FROM t"));
        Assert.Equal("gone", await fixture.RunAsync(deleted, "SELECT a FROM t"));
        Assert.Null(fixture.Engine.FindDatabase(late));
    }

    [Fact]
    public async Task One_database_alone_can_be_restored_and_the_store_is_then_not_taken_over()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var (one, other) = (await fixture.CreateAsync("one"), await fixture.CreateAsync("other"));
        await fixture.RunAsync(one, "CREATE TABLE t(a)");
        await fixture.Travel.UploadAsync();
        await Assert.ThrowsAnyAsync<EngineException>(() => fixture.RebuildAsync(NewStore(), databases: ["one"]));
        fixture.Store = null;
        await fixture.OpenAsync();
        Assert.NotNull(fixture.Engine.FindDatabase(one));
        Assert.Null(fixture.Engine.FindDatabase(other));
        var unknown = await Assert.ThrowsAnyAsync<EngineException>(() => fixture.RebuildAsync(NewStore(), databases: ["none"], dispose: false));
        Assert.Equal(EngineErrorKind.DatabaseNotFound, unknown.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_missing_or_damaged_pack_is_named_with_the_nearest_state_which_can_be_had(bool isMissing)
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var states = new List<(string Bookmark, string Dump)>();
        for (var index = 0; index < 4; index++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({index})");
            states.Add((fixture.Bookmark(id), await fixture.DumpAsync(id)));
            await fixture.Travel.SealAsync();
            await fixture.Travel.UploadAsync();
        }

        var pack = fixture.Travel.Manifest.Packs[^2].Name;
        var part = _bucket.Combine($"bucket/packs/{pack}.0000");
        if (isMissing)
        {
            File.Delete(part);
        }
        else
        {
            Damage.Flip(part, offset: 80);
        }

        var folder = fixture.NewFolder();
        var options = new NodeRestoreOptions { Store = NewStore(), DataFolder = folder, TimeProvider = fixture.Time };
        var error = await Assert.ThrowsAnyAsync<EngineException>(() => NodeRestore.RunAsync(options, new Progress<NodeRestoreProgress>()));
        Assert.Contains(pack, error.Message, StringComparison.Ordinal);
        Assert.Contains(states[1].Bookmark, error.Message, StringComparison.Ordinal);
        Assert.Contains("--nearest", error.Hint, StringComparison.Ordinal);
        var unfinished = await Assert.ThrowsAnyAsync<EngineException>(() => DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder }));
        Assert.Contains("is not finished", unfinished.Message, StringComparison.Ordinal);

        var result = await fixture.RebuildAsync(NewStore(), nearest: true);
        Assert.Contains(pack, Assert.Single(result.Damaged), StringComparison.Ordinal);
        Assert.Contains(states[1].Bookmark, Assert.Single(result.NotNewest), StringComparison.Ordinal);
        Assert.Equal(states[1].Dump, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task A_restore_that_was_stopped_goes_on_and_does_not_fetch_packs_again()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");

        // More than are fetched at once: those that were fetched whole before the last request are kept.
        for (var index = 0; index < 20; index++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({index})");
            await fixture.Travel.SealAsync();
        }

        await fixture.Travel.UploadAsync();
        var dump = await fixture.DumpAsync(id);
        var folder = fixture.NewFolder();
        var source = NewStore();
        var options = new NodeRestoreOptions { Store = source, DataFolder = folder, TimeProvider = fixture.Time, StoreRetryPause = TimeSpan.Zero };
        var kept = 0;
        for (var requests = 1; ; requests++)
        {
            var there = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.pack", SearchOption.AllDirectories) : [];
            kept = Math.Max(kept, there.Length);
            source.ForgetRequests();
            source.StopAfter(requests);
            try
            {
                await NodeRestore.RunAsync(options, new Progress<NodeRestoreProgress>());
                break;
            }
            catch (ObjectStoreException)
            {
                Assert.False(File.Exists(Path.Combine(folder, "catalog.sqlite")));
            }

            Assert.DoesNotContain(source.Requests, request => there.Any(path => request.Contains(Path.GetFileName(path), StringComparison.Ordinal)));
        }

        Assert.InRange(kept, 1, int.MaxValue);
        source.Heal();
        var full = await Assert.ThrowsAnyAsync<EngineException>(() => NodeRestore.RunAsync(options, new Progress<NodeRestoreProgress>()));
        Assert.Contains("is not empty", full.Message, StringComparison.Ordinal);
        await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder });
        using var output = new MemoryStream();
        await engine.ExportSqlAsync(id, output, new ExportOptions());
        Assert.Equal(dump, System.Text.Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task A_node_that_is_alive_can_be_restored_with_an_upload_before_any_request_of_the_restore()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.Travel.UploadAsync();

        // Steps, their heads, the catalog, a pack, and tails, which become more.
        const int RequestsMax = 8;
        for (var number = 1; number <= RequestsMax; number++)
        {
            var (at, requests) = (number, 0);
            var source = NewStore();
            source.Before = async () =>
            {
                if (Interlocked.Increment(ref requests) == at)
                {
                    // Another database is another copy of the catalog, and the one before it is deleted.
                    await fixture.CreateAsync($"tenant-{at}");
                    await fixture.RunAsync(id, $"INSERT INTO t VALUES ({at})");
                    await fixture.Travel.UploadAsync();
                }
            };
            var folder = fixture.NewFolder();
            var options = new NodeRestoreOptions { Store = source, DataFolder = folder, TimeProvider = fixture.Time };
            var result = await NodeRestore.RunAsync(options, new Progress<NodeRestoreProgress>());

            Assert.InRange(requests, number, int.MaxValue);
            Assert.Empty(result.Damaged);
            Assert.Empty(result.NotNewest);
            Assert.InRange(result.Databases, number, number + 1);
            await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder });
            var rows = new Requests.ResultCollector();
            await engine.ExecuteAsync(id, Requests.SqlRequest.Relaxed("SELECT count(*) FROM t"), rows);
            Assert.InRange(rows.Rows[0][0].AsInteger, number - 1, number);
        }
    }

    [Fact]
    public async Task A_catalog_that_is_missing_is_named()
    {
        await using var fixture = await HistoryFixture.StartAsync(store: NewStore());
        await fixture.CreateAsync("main");
        await fixture.Travel.UploadAsync();
        var catalog = Assert.Single(Directory.GetFiles(_bucket.Combine("bucket/catalogs")));
        File.Delete(catalog);

        var options = new NodeRestoreOptions { Store = NewStore(), DataFolder = fixture.NewFolder(), TimeProvider = fixture.Time };
        var error = await Assert.ThrowsAnyAsync<EngineException>(() => NodeRestore.RunAsync(options, new Progress<NodeRestoreProgress>()));
        Assert.Equal(EngineErrorKind.Corruption, error.Kind);
        Assert.Contains($"catalogs/{Path.GetFileName(catalog)}", error.Message, StringComparison.Ordinal);
    }
}

using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Databases;

public sealed class DatabaseHostTests
{
    [Fact]
    public async Task No_more_databases_are_open_than_allowed_and_none_loses_a_row()
    {
        const int Databases = 40;
        const int OpenMax = 5;
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { OpenDatabasesMax = OpenMax });
        var ids = new List<DatabaseId>();
        for (var index = 0; index < Databases; index++)
        {
            ids.Add((await fixture.Engine.CreateDatabaseAsync(EngineFixture.New($"db-{index}"))).Id);
        }

        await Task.WhenAll(ids.Select((id, index) => Task.Run(async () =>
        {
            await ExecuteAsync(fixture, id, "CREATE TABLE t(a)");
            await ExecuteAsync(fixture, id, $"INSERT INTO t VALUES ({index})");

            // None may be open for a moment: each that is done is closed for one that waits.
            Assert.InRange(fixture.Engine.OpenDatabaseCount, 0, OpenMax);
        })));
        await fixture.RestartAsync();

        for (var index = 0; index < Databases; index++)
        {
            Assert.Equal($"{index}", await fixture.RunOnAsync(ids[index], "SELECT a FROM t"));
            Assert.InRange(fixture.Engine.OpenDatabaseCount, 0, OpenMax);
        }
    }

    [Fact]
    public async Task An_idle_database_is_closed_and_opens_again()
    {
        var time = new ManualTimeProvider();
        await using var fixture = await EngineFixture.StartAsync(time: time);
        await fixture.RunAsync("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        Assert.Equal(2, fixture.Engine.OpenDatabaseCount);

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, fixture.Engine.OpenDatabaseCount);
        time.Advance(TimeSpan.FromSeconds(30));

        // The catalog may be in use by the round of checkpoints that every start makes.
        Assert.InRange(fixture.Engine.OpenDatabaseCount, 0, 1);
        Assert.False(File.Exists(fixture.DatabasePath + "-wal"), "closing checkpoints and removes the WAL");
        Assert.Equal("1", await fixture.RunAsync("SELECT a FROM t"));
    }

    [Fact]
    public async Task Deleting_a_database_waits_for_its_requests_and_removes_its_files()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        using var input = new GatedStream("INSERT INTO t VALUES (1);");
        var import = fixture.Engine.ImportSqlAsync(fixture.Id, input);
        await input.Reached;

        var delete = fixture.Engine.DeleteDatabaseAsync(fixture.Id);
        while (fixture.Engine.FindDatabase(fixture.Id) is not null)
        {
            await Task.Yield();
        }

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.ResultsAsync("SELECT 1"));
        Assert.Equal(EngineErrorKind.DatabaseNotFound, error.Kind);
        Assert.False(delete.IsCompleted);

        input.Open();
        await import;
        await delete;
        Assert.Empty(Directory.GetFiles(fixture.Folder, fixture.Id + "*", SearchOption.AllDirectories));
        Assert.Null(fixture.Engine.FindDatabase(fixture.Id));
    }

    [Fact]
    public async Task A_deletion_cut_short_is_finished_at_the_next_start()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        await fixture.Engine.DisposeAsync();
        using (var catalog = OpenCatalog(fixture))
        {
            catalog.Execute($"INSERT INTO dropped VALUES ('{fixture.Id}'); DELETE FROM databases");
        }

        await fixture.RestartAsync();

        Assert.Empty(Directory.GetFiles(fixture.Folder, fixture.Id + "*", SearchOption.AllDirectories));
        Assert.Null(fixture.Engine.FindDatabase(fixture.Id));
    }

    [Fact]
    public async Task A_missing_file_is_an_error_and_not_an_empty_database()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        var path = fixture.DatabasePath;
        await fixture.Engine.DisposeAsync();
        File.Delete(path);
        await fixture.RestartAsync();

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.ResultsAsync("SELECT 1"));
        Assert.Equal(EngineErrorKind.Corruption, error.Kind);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_damaged_file_is_reported_and_the_others_go_on()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        var other = (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("other"))).Id;
        var path = fixture.DatabasePath;
        await fixture.Engine.DisposeAsync();
        await File.WriteAllBytesAsync(path, [.. Enumerable.Repeat((byte)0x5A, 8192)], CancellationToken.None);
        await fixture.RestartAsync();

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.ResultsAsync("SELECT * FROM t"));
        Assert.Equal(EngineErrorKind.Corruption, error.Kind);
        Assert.Equal("1", await fixture.RunOnAsync(other, "SELECT 1"));
    }

    [Fact]
    public async Task A_folder_has_one_owner()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var error = await Assert.ThrowsAsync<EngineException>(
            () => DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = fixture.Folder }));
        Assert.Equal(EngineErrorKind.DataFolderInUse, error.Kind);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task A_folder_of_a_newer_version_is_left_alone()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.Engine.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(fixture.Folder, "FORMAT"), "99\n", CancellationToken.None);
        var error = await Assert.ThrowsAsync<EngineException>(
            () => DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = fixture.Folder }));
        Assert.Contains("has format 99", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locks_and_the_index_of_the_wal_are_in_memory()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        Assert.Equal("1", await fixture.RunAsync("SELECT a FROM t"));
        var files = Directory.GetFiles(fixture.Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToArray();
        Assert.Contains($"{fixture.Id}.sqlite-wal", files);
        Assert.DoesNotContain(files, static file => file!.EndsWith("-shm", StringComparison.Ordinal));
    }

    private static Shoal.Sqlite.Connections.SqliteConnection OpenCatalog(EngineFixture fixture)
    {
        _ = Shoal.Sqlite.Connections.SqliteConnection.Open(Path.Combine(fixture.Folder, "catalog.sqlite"),
            Shoal.Sqlite.Connections.SqliteOpenMode.ReadWrite, out var connection);
        return connection!;
    }

    private static async Task ExecuteAsync(EngineFixture fixture, DatabaseId id, string sql) =>
        await fixture.Engine.ExecuteAsync(id, SqlRequest.Single(sql), new ResultCollector());
}

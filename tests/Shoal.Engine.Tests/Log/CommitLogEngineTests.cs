using Shoal.Engine.Requests;
using Shoal.Engine.Tests.Crashes;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Log;

public sealed class CommitLogEngineTests
{
    [Fact]
    public async Task A_closed_engine_has_no_file_open()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.Engine.DisposeAsync();
        Assert.Empty(OpenFiles(fixture.Folder));
    }

    [Fact]
    public async Task What_an_unclean_stop_left_in_the_log_is_redone()
    {
        await using var fixture = await EngineFixture.StartAsync();

        // The round of checkpoints of the start must be over: it would tear the copy apart.
        await fixture.Engine.CheckpointAsync();
        await fixture.RunAsync("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        if (EngineFixture.Mode != DurabilityMode.Log)
        {
            return;
        }

        var copy = Directory.CreateTempSubdirectory("shoal-crash-").FullName;
        CopyFolder(fixture.Folder, copy);

        await using (var crashed = await EngineFixture.OpenAsync(copy, fixture.Id))
        {
            Assert.Equal("1", await crashed.RunAsync("SELECT a FROM t"));
            await crashed.RunAsync("INSERT INTO t VALUES (2)");
            await crashed.RestartAsync();
            Assert.Equal("2", await crashed.RunAsync("SELECT count(*) FROM t"));
            await crashed.Engine.DisposeAsync();
            Assert.Empty(OpenFiles(copy));
        }
    }

    [Theory]
    [InlineData(DurabilityMode.Sqlite, DurabilityMode.Log)]
    [InlineData(DurabilityMode.Log, DurabilityMode.Sqlite)]
    public async Task A_folder_changes_its_mode_after_an_unclean_stop_and_loses_nothing(
        DurabilityMode before, DurabilityMode after)
    {
        var folder = Directory.CreateTempSubdirectory("shoal-mode-").FullName;
        var copy = Directory.CreateTempSubdirectory("shoal-mode-copy-").FullName;
        var limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 };
        DatabaseId id;
        await using (var engine = await DatabaseEngine.OpenAsync(
            new EngineOptions { DataFolder = folder, Durability = before, Limits = limits }))
        {
            id = (await engine.CreateDatabaseAsync(EngineFixture.New("x"))).Id;
            await engine.CheckpointAsync();
            await engine.ExecuteAsync(
                id, SqlRequest.Single("CREATE TABLE t(a); INSERT INTO t VALUES (1)"), new ResultCollector());
            CopyFolder(folder, copy, withWal: true);
        }

        await using (var engine = await DatabaseEngine.OpenAsync(
            new EngineOptions { DataFolder = copy, Durability = after, Limits = limits }))
        {
            var rows = new ResultCollector();
            await engine.ExecuteAsync(id, SqlRequest.Single("SELECT a FROM t"), rows);
            Assert.Equal(1, rows.Rows[0][0].AsInteger);
        }

        Directory.Delete(folder, recursive: true);
        Directory.Delete(copy, recursive: true);
    }

    [Fact]
    public async Task A_full_log_refuses_users_but_neither_the_start_nor_what_makes_it_shorter()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { LogBytesMax = 1 });
        if (EngineFixture.Mode != DurabilityMode.Log)
        {
            return;
        }

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.RunAsync("CREATE TABLE t(a)"));
        Assert.Equal(EngineErrorKind.Overloaded, error.Kind);
        await fixture.RestartAsync();
        Assert.NotNull(fixture.Engine.FindDatabase(fixture.Id));
    }

    /// <summary>Everything but WALs and shared memory, which recovery has to do without.</summary>
    private static void CopyFolder(string source, string target, bool withWal = false) =>
        FolderCopy.Copy(source, target, file => withWal || !file.EndsWith("-wal", StringComparison.Ordinal));

    private static IEnumerable<string> OpenFiles(string folder) => Directory.EnumerateFiles("/proc/self/fd")
        .Select(link => new FileInfo(link).LinkTarget ?? "")
        .Where(target => target.StartsWith(folder, StringComparison.Ordinal));
}

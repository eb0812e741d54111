using Shoal.Engine.Requests;
using Shoal.Engine.Tests.Crashes;
using Shoal.Engine.Tests.Databases;
using Shoal.Engine.Tests.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Log;

/// <summary>Checkpoints that a full disk refuses, after it has refused a transaction that was larger than SQLite's cache.</summary>
public sealed class RefusedCheckpointTests : IDisposable
{
    private static readonly TimeSpan IdleClose = TimeSpan.FromMinutes(1);
    private readonly SmallDisk _disk = SmallDisk.Mount(mebibytes: 32);
    private readonly ManualTimeProvider _time = new();
    private readonly CapturedLog _log = new();

    public void Dispose()
    {
        _log.Dispose();
        _disk.Dispose();
    }

    [Fact]
    public async Task A_database_that_is_closed_then_is_opened_again_with_all_of_its_commits()
    {
        var options = Options(Path.Combine(_disk.Root, "data"));
        DatabaseId id;
        await using (var engine = await DatabaseEngine.OpenAsync(options))
        {
            using var failures = new MetricCount(options, "shoal.checkpoint.failures");
            id = await FillAsync(engine);
            await CloseAsync(engine);
            Assert.True(EngineFixture.Mode == DurabilityMode.Sqlite || failures.Count > 0, "closing could not checkpoint");
            Assert.Equal(EngineFixture.Mode == DurabilityMode.Log, _log.Messages.Any(message =>
                message.Contains($"Database {id} was closed without a checkpoint", StringComparison.Ordinal)
                && message.Contains("Free disk space", StringComparison.Ordinal)));

            MakeRoom();
            Assert.Equal(1, await RunAsync(engine, id, "SELECT count(*) FROM t"));
            await RunAsync(engine, id, "INSERT INTO t VALUES (2)");
        }

        await using var again = await DatabaseEngine.OpenAsync(options);
        Assert.Equal(2, await RunAsync(again, id, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task The_log_keeps_what_the_file_lacks_until_a_checkpoint_has_worked()
    {
        Assert.SkipUnless(EngineFixture.Mode == DurabilityMode.Log, "only mode log has a log");
        var options = Options(Path.Combine(_disk.Root, "data"));
        using var crashed = new TempFolder();
        DatabaseId id;
        await using (var engine = await DatabaseEngine.OpenAsync(options))
        {
            using var failures = new MetricCount(options, "shoal.checkpoint.failures");
            id = await FillAsync(engine);
            await engine.CheckpointAsync();
            Assert.NotEqual(0, failures.Count);

            MakeRoom();
            await engine.CheckpointAsync();
            FolderCopy.Copy(options.DataFolder, crashed.Root, static _ => true);
        }

        await using var recovered = await DatabaseEngine.OpenAsync(Options(crashed.Root));
        Assert.Equal(1, await RunAsync(recovered, id, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task The_log_lets_go_of_a_database_that_was_closed_then_and_is_not_written_again()
    {
        Assert.SkipUnless(EngineFixture.Mode == DurabilityMode.Log, "only mode log has a log");
        var options = Options(Path.Combine(_disk.Root, "data"));
        await using var engine = await DatabaseEngine.OpenAsync(options);
        _ = await FillAsync(engine);
        await CloseAsync(engine);
        MakeRoom();

        // The second takes the catalog, which the first has changed, and the third whatever is left.
        for (var round = 0; round < 3; round++)
        {
            await engine.CheckpointAsync();
        }

        using var checkpoints = new MetricCount(options, "shoal.checkpoints");
        await engine.CheckpointAsync();
        Assert.Equal(0, checkpoints.Count);
    }

    /// <summary>A database with one committed row that only its WAL and the log have, on a disk that has just got full.</summary>
    private async Task<DatabaseId> FillAsync(DatabaseEngine engine)
    {
        var id = (await engine.CreateDatabaseAsync(EngineFixture.New("main"))).Id;

        // The round with which an engine starts is over then.
        await engine.CheckpointAsync();
        await RunAsync(engine, id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        _disk.Fill(leave: 256 * 1024);
        var error = await Assert.ThrowsAsync<EngineException>(() => RunAsync(engine, id,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t SELECT zeroblob(10000) FROM n"));
        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
        _disk.Fill(leave: 0);
        return id;
    }

    /// <summary>Only the database: if the catalog were closed, what its WAL takes would be room.</summary>
    private async Task CloseAsync(DatabaseEngine engine)
    {
        _time.Advance(IdleClose / 2);
        _ = await engine.Audit.ListAsync(since: null, limit: 1);
        _time.Advance(IdleClose * 3 / 4);
        Assert.Equal(1, engine.OpenDatabaseCount);
    }

    private void MakeRoom() => File.Delete(Path.Combine(_disk.Root, "ballast"));

    /// <summary>Nothing happens by itself.</summary>
    private EngineOptions Options(string folder) => new()
    {
        DataFolder = folder,
        Durability = EngineFixture.Mode,
        Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
        TimeProvider = _time,
        LoggerFactory = _log,
        IdleClose = IdleClose,
        CheckpointInterval = TimeSpan.FromDays(10_000),
        FreeBytesMin = 0,
    };

    private static async Task<long> RunAsync(DatabaseEngine engine, DatabaseId id, string sql)
    {
        var rows = new ResultCollector();
        await engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), rows);
        return rows.Rows is [[var value, ..], ..] ? value.AsInteger : 0;
    }
}

using System.Text;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Storage;

public sealed class DiskSpaceTests
{
    private const long Mebibyte = 1024 * 1024;

    [Fact]
    public async Task Below_the_mark_writes_are_refused_reads_and_deletions_go_on_and_writes_come_back_by_themselves()
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        var free = 100 * Mebibyte;
        await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = folder.Root,
            Durability = EngineFixture.Mode,
            Limits = new EngineLimits { LogSegmentBytes = 4 * Mebibyte },
            TimeProvider = time,
            FreeBytesMin = 50 * Mebibyte,
            ReadDiskSpace = _ => new DiskSpace(free, 1000 * Mebibyte),
        });
        var kept = (await engine.CreateDatabaseAsync(EngineFixture.New("kept"))).Id;
        var dropped = (await engine.CreateDatabaseAsync(EngineFixture.New("dropped"))).Id;
        await RunAsync(engine, kept, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");

        free = 49 * Mebibyte;
        time.Advance(TimeSpan.FromSeconds(2));
        foreach (var write in (Func<Task>[])
            [
                () => RunAsync(engine, kept, "INSERT INTO t VALUES (2)"),
                () => engine.CreateDatabaseAsync(EngineFixture.New("new")),
                () => engine.ImportSqlAsync(kept, new MemoryStream(Encoding.UTF8.GetBytes("INSERT INTO t VALUES (3);"))),
                () => engine.ImportCsvAsync(kept, new MemoryStream("a\n4\n"u8.ToArray()), new() { Table = "t" }),
            ])
        {
            var error = await Assert.ThrowsAsync<EngineException>(write);
            Assert.Equal(EngineErrorKind.StorageUnavailable, error.Kind);
            Assert.True(error.IsTransient);
            Assert.Contains("49 MiB are free, and writes need 50 MiB; nothing was written", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await RunAsync(engine, kept, "SELECT count(*) FROM t"));
        await engine.DeleteDatabaseAsync(dropped);
        Assert.Null(engine.FindDatabase(dropped));

        free = 50 * Mebibyte;
        await RunAsync(engine, kept, "INSERT INTO t VALUES (2)");
        Assert.Equal(2, await RunAsync(engine, kept, "SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(1000, 256)]
    [InlineData(10, 256)]
    [InlineData(1, 102)]
    public void The_default_mark_is_256_MiB_and_less_on_a_small_disk(long gibibytes, long markMebibytes) =>
        Assert.Equal(markMebibytes, DiskSpace.DefaultMark(gibibytes * 1024 * Mebibyte) / Mebibyte);

    [Fact]
    public async Task A_full_disk_rolls_the_transaction_back_and_the_next_one_works_when_there_is_room()
    {
        using var disk = SmallDisk.Mount(mebibytes: 32);
        var options = new EngineOptions
        {
            DataFolder = Path.Combine(disk.Root, "data"),
            Durability = EngineFixture.Mode,
            Limits = new EngineLimits { LogSegmentBytes = 4 * Mebibyte },
            FreeBytesMin = 0,
        };
        DatabaseId id;
        await using (var engine = await DatabaseEngine.OpenAsync(options))
        {
            id = (await engine.CreateDatabaseAsync(EngineFixture.New("main"))).Id;
            await RunAsync(engine, id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
            var ballast = disk.Fill(leave: 256 * 1024);

            var error = await Assert.ThrowsAsync<EngineException>(() => RunAsync(engine, id, "INSERT INTO t VALUES (2); "
                + "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t SELECT zeroblob(10000) FROM n"));

            Assert.Equal(EngineErrorKind.StorageUnavailable, error.Kind);
            Assert.Contains("the disk is full; nothing of the request was applied", error.Message, StringComparison.Ordinal);
            Assert.Equal(1, await RunAsync(engine, id, "SELECT count(*) FROM t"));
            File.Delete(ballast);
            await RunAsync(engine, id, "INSERT INTO t VALUES (3)");

            // Closing on a full disk loses nothing.
            disk.Fill(leave: 0);
        }

        File.Delete(Path.Combine(disk.Root, "ballast"));
        await using var again = await DatabaseEngine.OpenAsync(options);
        Assert.Equal(2, await RunAsync(again, id, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_read_only_file_system_is_said_at_start()
    {
        using var disk = SmallDisk.Mount(mebibytes: 32);
        var options = new EngineOptions
        {
            DataFolder = Path.Combine(disk.Root, "data"),
            Durability = EngineFixture.Mode,
            Limits = new EngineLimits { LogSegmentBytes = 4 * Mebibyte },
        };
        await (await DatabaseEngine.OpenAsync(options)).DisposeAsync();
        disk.MakeReadOnly();

        var error = await Assert.ThrowsAsync<EngineException>(() => DatabaseEngine.OpenAsync(options));

        Assert.Equal(EngineErrorKind.StorageUnavailable, error.Kind);
        Assert.Contains("Read-only file system", error.Message, StringComparison.Ordinal);
        Assert.Contains("permissions", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_without_room_for_a_segment_is_said_at_start()
    {
        Assert.SkipUnless(EngineFixture.Mode == DurabilityMode.Log, "only mode log has segments");
        using var disk = SmallDisk.Mount(mebibytes: 3);

        var error = await Assert.ThrowsAsync<EngineException>(() => DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = Path.Combine(disk.Root, "data"),
            Durability = DurabilityMode.Log,
            Limits = new EngineLimits { LogSegmentBytes = 4 * Mebibyte },
        }));

        Assert.Equal(EngineErrorKind.StorageUnavailable, error.Kind);
        Assert.Contains("the commit log in", error.Message, StringComparison.Ordinal);
        Assert.Contains("Free disk space", error.Hint, StringComparison.Ordinal);
    }

    private static async Task<long> RunAsync(DatabaseEngine engine, DatabaseId id, string sql)
    {
        var rows = new ResultCollector();
        await engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), rows);
        return rows.Rows is [[var value, ..], ..] ? value.AsInteger : 0;
    }
}

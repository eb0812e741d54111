using Shoal.Engine.History;
using Shoal.Protocol;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: to take back only the pages that have changed since gives what a restore of all of it gives.</summary>
public sealed class ChangedRestoreTests
{
    private const string Fill =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE INDEX by_a ON t(a); "
        + "INSERT INTO t WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
        + "SELECT i, 'value ' || i % 300, hex(randomblob(400)) FROM n";

    /// <summary>Each statement leaves most pages as they are, or is beside one that does.</summary>
    public static TheoryData<string> Changes =>
    [
        "UPDATE t SET b = 'changed' WHERE id % 100 = 7",
        "INSERT INTO t(a, b) SELECT a, b FROM t WHERE id < 500",
        "DELETE FROM t WHERE id BETWEEN 1000 AND 1500",
        "DELETE FROM t WHERE id > 2600; INSERT INTO t(a, b) SELECT 'again', hex(randomblob(900)) FROM t WHERE id < 200",
        "CREATE TABLE u(x); INSERT INTO u VALUES (zeroblob(200000)); DROP INDEX by_a",
        "DROP TABLE t",
        "CREATE VIRTUAL TABLE f USING fts5(b); INSERT INTO f SELECT a FROM t WHERE id < 50",
        "INSERT INTO t(a, b) VALUES (1, zeroblob(300000)); DELETE FROM t WHERE id = (SELECT max(id) FROM t)",
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task What_has_changed_is_taken_back_and_nothing_else_is_read(string change)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await ForkAsync(fixture);
        await fixture.RunAsync(id, "UPDATE t SET a = 'before' WHERE id < 10");
        var (good, before) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        await fixture.RunAsync(id, "UPDATE t SET b = 'small' WHERE id = 5");
        foreach (var statement in change.Split("; "))
        {
            await fixture.RunAsync(id, statement);
        }

        var after = await fixture.DumpAsync(id);

        var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));

        Assert.Equal(before, await fixture.DumpAsync(id));
        await CheckAsync(fixture, id);
        Assert.False(result.IsWhole);

        // The way back leads over a commit that is a restore itself, and perhaps over a smaller database than before and after it.
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Previous.ToString()));
        Assert.Equal(after, await fixture.DumpAsync(id));
        await fixture.RestartAsync();
        Assert.Equal(after, await fixture.DumpAsync(id));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));
        Assert.Equal(before, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task A_file_that_is_damaged_elsewhere_is_restored_as_a_whole()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await ForkAsync(fixture);
        var (good, before) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        await fixture.RunAsync(id, "UPDATE t SET b = 'small' WHERE id = 5");
        await fixture.RestartAsync();
        await fixture.Engine.CheckpointAsync();
        var path = Directory.GetFiles(fixture.Folder, $"*{id}*.sqlite", SearchOption.AllDirectories).Single();
        var size = new FileInfo(path).Length;
        for (var page = size / 2 / 4096; page < size / 2 / 4096 + 20; page++)
        {
            // The kind of a page of a tree, and how many cells it has.
            Damage.Flip(path, page * 4096);
            Damage.Flip(path, page * 4096 + 3);
        }

        var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));

        Assert.True(result.IsWhole);
        Assert.Equal(before, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task Whoever_writes_meanwhile_is_taken_back_too()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await ForkAsync(fixture);
        await fixture.RunAsync(id, "CREATE TABLE log(i INTEGER PRIMARY KEY, x)");
        var (good, before) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        await fixture.RunAsync(id, "UPDATE t SET b = 'small' WHERE id = 5");
        using var stop = new CancellationTokenSource();
        var written = 0;
        var writer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await fixture.RunAsync(id, $"INSERT INTO log(x) VALUES (zeroblob(5000)); UPDATE t SET a = {written} WHERE id = {written % 3000}");
                Interlocked.Increment(ref written);
            }
        }, TestContext.Current.CancellationToken);
        RestoreResult result;
        try
        {
            while (Volatile.Read(ref written) == 0)
            {
                await Task.Yield();
            }

            result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));
        }
        finally
        {
            await stop.CancelAsync();
            await writer;
        }

        // What was written after the restore goes, too; the restore itself is a state like any other.
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Current.ToString()));
        Assert.Equal(before, await fixture.DumpAsync(id));
        await CheckAsync(fixture, id);
    }

    [Fact]
    public async Task More_changes_than_the_database_has_are_not_read_for_their_pages()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await ForkAsync(fixture);
        var (good, before) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        for (var round = 0; round < 5; round++)
        {
            await fixture.RunAsync(id, $"UPDATE t SET b = hex(randomblob(400)) WHERE id % 2 = {round % 2}");
        }

        // What blocks have written is not in memory then.
        await fixture.Travel.SealAsync();
        await fixture.RestartAsync();
        var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));

        Assert.True(result.IsWhole);
        Assert.Equal(before, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task Of_a_database_that_has_changed_for_the_most_part_all_is_put_together()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await ForkAsync(fixture);
        await fixture.Travel.SealAsync();
        var (good, before) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        await fixture.RunAsync(id, "UPDATE t SET b = hex(randomblob(400)) WHERE id < 2500");
        await fixture.Travel.SealAsync();

        var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));

        Assert.True(result.IsWhole);
        Assert.Equal(before, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task Which_pages_a_large_block_has_is_known_from_memory_until_a_restart()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await ForkAsync(fixture);
        await fixture.Travel.SealAsync();
        var (good, before) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        await fixture.RunAsync(id, "UPDATE t SET b = hex(randomblob(400)) WHERE id < 1000");
        await fixture.Travel.SealAsync();
        var pack = Path.Combine(fixture.Folder, "history", fixture.Travel.Manifest.Packs[^1].Name);

        // The middle of the only block.
        Damage.Flip(pack, new FileInfo(pack).Length / 2);

        var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));

        Assert.False(result.IsWhole);
        Assert.Equal(before, await fixture.DumpAsync(id));
        await CheckAsync(fixture, id);

        // Now the block would have to be read.
        await fixture.RestartAsync();
        await fixture.RunAsync(id, "UPDATE t SET b = 'again' WHERE id = 7");
        result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));
        Assert.True(result.IsWhole);
        Assert.Equal(before, await fixture.DumpAsync(id));
    }

    /// <summary>Indexes belong to their tables, too.</summary>
    private static async Task CheckAsync(HistoryFixture fixture, DatabaseId id)
    {
        using var folder = new TempFolder();
        var path = folder.Combine("export.sqlite");
        await fixture.Engine.ExportSqliteAsync(id, path);
        _ = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var connection);
        using (connection)
        {
            Assert.Equal(0, connection!.QueryInteger("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
        }
    }

    /// <summary>A database whose history begins with a snapshot.</summary>
    private static async Task<DatabaseId> ForkAsync(HistoryFixture fixture)
    {
        var source = await fixture.CreateAsync("source");
        foreach (var statement in Fill.Split("; "))
        {
            await fixture.RunAsync(source, statement);
        }

        var fork = await fixture.Travel.ForkAsync(source, moment: null, EngineFixture.New("main"), TestContext.Current.CancellationToken);
        await fixture.Travel.SnapshotAsync();
        return fork.Id;
    }
}

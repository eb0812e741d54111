using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Databases;

/// <summary>Goal: what is wrong with one database does not keep the others from being closed.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_database_that_can_not_be_closed_is_logged_and_all_others_are_closed()
    {
        Assert.SkipUnless(EngineFixture.Mode == DurabilityMode.Log, "in mode sqlite SQLite itself deletes the WAL");
        using var folder = new TempFolder();
        using var log = new CapturedLog();
        var options = new EngineOptions { DataFolder = folder.Root, Durability = EngineFixture.Mode, LoggerFactory = log };
        var ids = new List<DatabaseId>();
        await using (var engine = await DatabaseEngine.OpenAsync(options))
        {
            foreach (var name in new[] { "a", "b", "c" })
            {
                ids.Add((await engine.CreateDatabaseAsync(EngineFixture.New(name))).Id);
                await RunAsync(engine, ids[^1], "CREATE TABLE t(a); INSERT INTO t VALUES (7)");
            }

            // A directory can not be deleted like a file.
            File.Delete(WalOf(ids[0]));
            Directory.CreateDirectory(WalOf(ids[0]));
        }

        Assert.Contains(log.Messages, message => message.Contains(ids[0].ToString(), StringComparison.Ordinal)
            && message.Contains("at closing", StringComparison.Ordinal));
        Assert.Equal((false, false), (File.Exists(WalOf(ids[1])), File.Exists(WalOf(ids[2]))));
        Directory.Delete(WalOf(ids[0]));
        await using var again = await DatabaseEngine.OpenAsync(options);
        foreach (var id in ids)
        {
            Assert.Equal(7, await RunAsync(again, id, "SELECT a FROM t"));
        }

        string WalOf(DatabaseId id) => Directory.EnumerateFileSystemEntries(folder.Root, $"{id}*", SearchOption.AllDirectories)
            .Where(static path => !path.EndsWith("-shm", StringComparison.Ordinal) && !path.EndsWith("-wal", StringComparison.Ordinal))
            .Single() + "-wal";
    }

    private static async Task<long> RunAsync(DatabaseEngine engine, DatabaseId id, string sql)
    {
        var rows = new ResultCollector();
        await engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), rows);
        return rows.Rows is [[var value, ..], ..] ? value.AsInteger : 0;
    }
}

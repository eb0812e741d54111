using Shoal.Engine.Tests.Databases;
using Shoal.Protocol;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Tests.Log;

public sealed class UnopenableDatabaseTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_database_that_can_not_be_opened_keeps_its_commits_in_the_log_and_the_others_are_checkpointed(int number)
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        using var crashed = await CrashedFolder.CreateAsync(new Random(seed));
        var broken = crashed.States.Keys.ElementAt(number);
        var path = Directory.EnumerateFiles(crashed.Root, $"{broken}.sqlite", SearchOption.AllDirectories).Single();
        File.Move(path, path + ".aside");
        Directory.CreateDirectory(path);

        var options = CrashedFolder.Options(crashed.Root);
        await using (var engine = await DatabaseEngine.OpenAsync(options))
        {
            using var failures = new MetricCount(options, "shoal.checkpoint.failures");
            await engine.CheckpointAsync();
            Assert.NotEqual(0, failures.Count);
        }

        foreach (var (id, states) in crashed.States.Where(one => one.Key != broken))
        {
            Assert.StartsWith($"{RowsInFile(crashed.Root, id)} ", states[^1], StringComparison.Ordinal);
        }

        Directory.Delete(path);
        File.Move(path + ".aside", path);
        await using var mended = await DatabaseEngine.OpenAsync(options);
        foreach (var (id, states) in crashed.States)
        {
            Assert.Equal(states[^1], await CrashedFolder.StateAsync(mended, id));
        }
    }

    /// <summary>What the file of a database has by itself.</summary>
    private static long RowsInFile(string root, DatabaseId id)
    {
        var path = Directory.EnumerateFiles(root, $"{id}.sqlite", SearchOption.AllDirectories).Single();
        Assert.False(File.Exists(path + "-wal"));
        Assert.True(SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var file).IsSuccess);
        using var opened = file!;
        return opened.QueryInteger("SELECT count(*) FROM t");
    }
}

using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Wal;

namespace Shoal.Engine.Tests.Log;

public sealed class CheckpointResultTests
{
    [Fact]
    public void A_checkpoint_knows_what_it_lacks_where_the_connection_does_not()
    {
        using var folder = new TempFolder();
        using var own = Open(folder.Combine("a.sqlite"));
        own.Execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
        Assert.True(own.Checkpoint(CheckpointMode.Truncate).IsWhole);
        using var reader = Open(own.Path);
        reader.Execute("BEGIN");
        _ = reader.QueryInteger("SELECT count(*) FROM t");
        using var other = Open(own.Path);
        other.Execute("INSERT INTO t VALUES (1)");

        var result = own.Checkpoint(CheckpointMode.Passive);

        Assert.True(result.Status.IsSuccess);
        Assert.False(result.IsWhole);
        Assert.Equal((1, 0), (result.FrameCount, result.FramesCopied));
        var state = own.GetWalState();
        Assert.Equal((0U, 0U), (state.FrameIndexMax, state.FramesCheckpointed));
        reader.Execute("ROLLBACK");
        Assert.True(own.Checkpoint(CheckpointMode.Passive).IsWhole);
    }

    private static SqliteConnection Open(string path)
    {
        _ = SqliteConnection.Open(path, SqliteOpenMode.Create, out var connection);
        return connection!;
    }
}

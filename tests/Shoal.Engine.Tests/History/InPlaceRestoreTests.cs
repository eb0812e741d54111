using Shoal.Engine.History;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: what was compared ahead is believed only as long as nobody has written.</summary>
public sealed class InPlaceRestoreTests
{
    [Theory]
    [InlineData("")]
    [InlineData("UPDATE t SET a = 'other' WHERE id = 90")]
    [InlineData("DELETE FROM t WHERE id > 10; VACUUM")]
    [InlineData("INSERT INTO t(a) SELECT a FROM t")]
    public void A_database_holds_what_the_file_held_whatever_was_written_after_the_comparison(string written)
    {
        using var folder = new TempFolder();
        var (path, source) = (folder.Combine("database.sqlite"), folder.Combine("source.sqlite"));
        using var database = Create(path, "changed");
        using (Create(source, "wanted"))
        {
        }

        using var restore = new InPlaceRestore(path, source);
        restore.CompareAhead();
        if (written.Length > 0)
        {
            database.Execute(written);
        }

        var commits = 0;
        restore.Run(() => commits++);

        Assert.Equal(1, commits);
        Assert.Equal(100, database.QueryInteger("SELECT count(*) FROM t WHERE a = 'wanted' || id || zeroblob(500)"));
        Assert.Equal(100, database.QueryInteger("SELECT count(*) FROM t"));
        Assert.Equal(0, database.QueryInteger("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
    }

    [Fact]
    public void Nothing_is_committed_when_nothing_differs()
    {
        using var folder = new TempFolder();
        var (path, source) = (folder.Combine("database.sqlite"), folder.Combine("source.sqlite"));
        using var database = Create(path, "wanted");
        using (Create(source, "wanted"))
        {
        }

        using var restore = new InPlaceRestore(path, source);
        restore.CompareAhead();
        restore.Run(() => Assert.Fail("it commits"));

        Assert.Equal(100, database.QueryInteger("SELECT count(*) FROM t"));
    }

    private static SqliteConnection Create(string path, string text)
    {
        _ = SqliteConnection.Open(path, SqliteOpenMode.Create, out var connection);
        connection!.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        connection.Execute($"""
            INSERT INTO t WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
            SELECT i, '{text}' || i || zeroblob(500) FROM n
            """);
        connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return connection;
    }
}

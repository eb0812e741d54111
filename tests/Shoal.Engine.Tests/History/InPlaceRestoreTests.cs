using Shoal.Engine.History;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: what was read and compared ahead is believed only as long as nobody has written.</summary>
public sealed class InPlaceRestoreTests
{
    private const string Update = "UPDATE t SET a = 'other' WHERE id = 90";
    private const string Shrink = "DELETE FROM t WHERE id > 10; VACUUM";
    private const string Grow = "INSERT INTO t(a) SELECT a FROM t";

    [Theory]
    [InlineData("", "")]
    [InlineData("", Update)]
    [InlineData("", Shrink)]
    [InlineData("", Grow)]
    [InlineData(Update, "")]
    [InlineData(Shrink, "")]
    [InlineData(Grow, "")]
    [InlineData(Update, Grow)]
    public void A_database_holds_what_the_file_held_whatever_was_written_since_it_was_read_or_compared(string afterReading, string afterComparing)
    {
        using var folder = new TempFolder();
        var (path, source) = (folder.Combine("database.sqlite"), folder.Combine("source.sqlite"));
        using var database = Create(path, "changed");
        using var restore = new InPlaceRestore(path, source);
        restore.ReadAhead();
        database.Execute(afterReading);
        using (Create(source, "wanted"))
        {
        }

        restore.CompareAhead();
        database.Execute(afterComparing);
        var commits = 0;
        restore.Run(() => commits++);

        Assert.Equal(1, commits);
        Assert.Equal(100, database.QueryInteger("SELECT count(*) FROM t WHERE a = 'wanted' || id || zeroblob(500)"));
        Assert.Equal(100, database.QueryInteger("SELECT count(*) FROM t"));
        Assert.Equal(0, database.QueryInteger("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
    }

    [Fact]
    public void A_file_that_was_put_together_anew_is_compared_anew()
    {
        using var folder = new TempFolder();
        var (path, source) = (folder.Combine("database.sqlite"), folder.Combine("source.sqlite"));
        using var database = Create(path, "changed");
        using (Create(source, "changed"))
        {
        }

        using var restore = new InPlaceRestore(path, source);
        restore.ReadAhead();
        restore.CompareAhead();
        File.Delete(source);
        using (Create(source, "wanted"))
        {
        }

        restore.CompareAhead();
        restore.Run(static () => { });

        Assert.Equal(100, database.QueryInteger("SELECT count(*) FROM t WHERE a = 'wanted' || id || zeroblob(500)"));
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

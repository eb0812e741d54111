using System.Globalization;
using System.Text;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.History.Stores;

/// <summary>The copy of a catalog that becomes the catalog of a new node.</summary>
/// <remarks>Owns: the connection. Thread: one.</remarks>
internal sealed class RestoredCatalog : IDisposable
{
    private readonly SqliteConnection _connection;

    private RestoredCatalog(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens the file of a copy.</summary>
    /// <exception cref="SqliteException">It is no database.</exception>
    public static RestoredCatalog Open(string path)
    {
        var status = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var connection);
        return connection is null ? throw new SqliteException(status, "the copy of the catalog can not be opened")
            : new RestoredCatalog(connection);
    }

    /// <summary>The epoch of the bookmarks that the new node gives out: what the lost one has given out last has another.</summary>
    public uint NextEpoch => (uint)_connection.QueryInteger("SELECT coalesce(max(epoch), 0) + 1 FROM bookmark_epoch");

    /// <summary>Databases that there were.</summary>
    /// <param name="at">At which time; null for the newest.</param>
    public IReadOnlyList<RestorableDatabase> List(DateTimeOffset? at)
    {
        var databases = new List<RestorableDatabase>();
        var sql = at is { } time
            ? string.Create(CultureInfo.InvariantCulture,
                $"""
                SELECT id, name, account, created_at, id IN (SELECT id FROM born) FROM (
                  SELECT id, name, account, created_at, NULL AS dropped_at FROM databases
                  UNION ALL SELECT id, name, account, created_at, dropped_at FROM dropped_history)
                WHERE created_at <= {time.ToUnixTimeMilliseconds()} AND coalesce(dropped_at > {time.ToUnixTimeMilliseconds()}, true)
                ORDER BY id
                """)
            : "SELECT id, name, account, created_at, id IN (SELECT id FROM born) FROM databases ORDER BY id";
        using var statement = _connection.Prepare(sql);
        while (Next(statement))
        {
            var row = statement.Row(5);
            databases.Add(new RestorableDatabase(new DatabaseId(Guid.Parse(Text(row, 0))), Text(row, 1), Text(row, 2),
                DateTimeOffset.FromUnixTimeMilliseconds(row.Integer(3)), row.Integer(4) != 0));
        }

        return databases;
    }

    /// <summary>Names of databases that there were, and of which nothing was in the store yet.</summary>
    /// <param name="at">At which time; null for the newest.</param>
    public IReadOnlyList<string> ListAwaited(DateTimeOffset? at)
    {
        var names = new List<string>();
        if (_connection.QueryInteger("SELECT count(*) FROM sqlite_schema WHERE name = 'awaiting_base'") != 0)
        {
            var until = at?.ToUnixTimeMilliseconds() ?? long.MaxValue;
            using var statement = _connection.Prepare(string.Create(CultureInfo.InvariantCulture,
                $"SELECT name FROM awaiting_base WHERE created_at <= {until} ORDER BY name"));
            while (Next(statement))
            {
                names.Add(Text(statement.Row(1), 0));
            }
        }

        return names;
    }

    /// <summary>Makes it the catalog of the databases that were restored.</summary>
    /// <param name="numbers">Them, with the numbers of the commits that they were restored to.</param>
    /// <param name="epoch">The epoch of the bookmarks of the new node.</param>
    public void Finish(IReadOnlyDictionary<DatabaseId, ulong> numbers, uint epoch)
    {
        _connection.Execute("BEGIN");
        foreach (var (id, number) in numbers)
        {
            _connection.Execute(string.Create(CultureInfo.InvariantCulture,
                $"INSERT INTO commit_numbers(id, number) VALUES ('{id}', {number})"));
        }

        _connection.Execute(string.Create(CultureInfo.InvariantCulture,
            $"""
            DELETE FROM databases WHERE id NOT IN (SELECT id FROM commit_numbers);
            INSERT INTO databases(id, account, name, created_at, location_hint, jurisdiction, read_replication)
            SELECT id, account, name, created_at, NULL, NULL, 'disabled' FROM dropped_history
            WHERE id IN (SELECT id FROM commit_numbers) AND id NOT IN (SELECT id FROM databases);
            DELETE FROM dropped_history WHERE id IN (SELECT id FROM commit_numbers);
            DELETE FROM dropped;
            DROP TABLE IF EXISTS awaiting_base;
            UPDATE bookmark_epoch SET epoch = {epoch}, exact = 1;
            COMMIT
            """));
    }

    public void Dispose() => _connection.Dispose();

    private static string Text(SqliteRow row, int column) => Encoding.UTF8.GetString(row.Text(column));

    private static bool Next(SqliteStatement statement)
    {
        var status = statement.Step();
        return status.Code == SqliteStatus.Row || (status.Code == SqliteStatus.Done ? false
            : throw new SqliteException(status, "the copy of the catalog can not be read"));
    }
}

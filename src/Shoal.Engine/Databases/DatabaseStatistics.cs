using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Databases;

/// <summary>Size and shape of one database now.</summary>
/// <param name="FileBytes">Pages × page size, free pages included.</param>
/// <param name="TableCount">Ordinary tables (not SQLite's own).</param>
public sealed record DatabaseStatistics(long FileBytes, int TableCount)
{
    /// <summary>Reads them from one snapshot.</summary>
    internal static DatabaseStatistics Of(SqliteConnection connection)
    {
        connection.Execute("BEGIN");
        try
        {
            var tables = (int)connection.QueryInteger(
                """
                SELECT count(*) FROM sqlite_schema WHERE type = 'table'
                AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_cf\_%' ESCAPE '\'
                """);
            return new DatabaseStatistics(connection.GetSize().FileBytes, tables);
        }
        finally
        {
            connection.EndRead();
        }
    }
}

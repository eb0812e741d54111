using System.Globalization;
using System.Text;
using Shoal.Engine.Transfer;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Insights;

/// <summary>A copy of a database in memory, to try indexes on: all of a small one, of others schema and statistics.</summary>
/// <remarks>Thread: one at a time. Nothing that is done to it reaches the database.</remarks>
internal sealed class SchemaCopy : IDisposable
{
    private const long WholeBytesMax = 8 * 1024 * 1024;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, string[]> _tables = new(StringComparer.OrdinalIgnoreCase);

    private SchemaCopy(SqliteConnection connection, bool hasRows)
    {
        _connection = connection;
        HasRows = hasRows;
    }

    /// <summary>Whether rows were copied, too.</summary>
    public bool HasRows { get; }

    /// <summary>Tables and their columns.</summary>
    public IReadOnlyDictionary<string, string[]> Tables => _tables;

    /// <summary>Copies what a connection sees.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static SchemaCopy Of(SqliteConnection source)
    {
        var status = SqliteConnection.Open(":memory:", SqliteOpenMode.Create, out var connection);
        if (connection is null)
        {
            throw new SqliteException(status, "no database in memory");
        }

        try
        {
            source.Execute("BEGIN");
            try
            {
                var isSmall = source.QueryInteger("SELECT count(*) FROM sqlite_schema") >= 0
                    && source.GetSize().FileBytes <= WholeBytesMax;
                var copy = new SchemaCopy(connection, isSmall);
                if (isSmall)
                {
                    status = source.BackupTo(connection);
                    if (!status.IsSuccess)
                    {
                        throw new SqliteException(status, "the database can not be copied");
                    }

                    connection.Execute("ANALYZE");
                }
                else
                {
                    copy.CopySchema(source);
                }

                copy.ReadTables();
                return copy;
            }
            finally
            {
                source.EndRead();
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>How a statement would run; null when it does not compile.</summary>
    public List<string>? Plan(string sql)
    {
        try
        {
            return Rows(_connection, "EXPLAIN QUERY PLAN " + sql).ConvertAll(static row => row[3]);
        }
        catch (SqliteException)
        {
            // A text that was cut, or that names what has gone since.
            return null;
        }
    }

    /// <summary>Creates an index, looks, and drops it again; null when it cannot be created.</summary>
    /// <param name="name">A name that no index has.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="look">What to find out while it is there.</param>
    public T? WithIndex<T>(string name, string table, IReadOnlyList<string> columns, Func<T?> look)
        where T : class
    {
        try
        {
            _connection.Execute($"CREATE INDEX {Quote(name)} ON {Quote(table)}({string.Join(", ", columns.Select(Quote))})");
        }
        catch (SqliteException)
        {
            // A table of a virtual module, say.
            return null;
        }

        try
        {
            if (HasRows)
            {
                _connection.Execute($"ANALYZE {Quote(name)}");
            }

            return look();
        }
        finally
        {
            _connection.Execute($"DROP INDEX {Quote(name)}");
        }
    }

    /// <summary>Rows that one value of the first columns of an index has on average; null when nobody knows.</summary>
    public double? RowsPerKey(string index, int columns)
    {
        if (!HasRows)
        {
            return null;
        }

        var stat = Rows(_connection, $"SELECT stat FROM sqlite_stat1 WHERE idx = '{index.Replace("'", "''", StringComparison.Ordinal)}'");
        var numbers = stat.Count == 0 ? [] : stat[0][0].Split(' ');
        return columns < numbers.Length && double.TryParse(numbers[columns], CultureInfo.InvariantCulture, out var rows) ? rows : null;
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>A name as SQL writes it: quoted only where it must be.</summary>
    public static string Quote(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_')
            && !Keywords.Contains(name)
            ? name
            : QuotedText.Name(name);

    /// <summary>Keywords that are likely names of columns; any other name that needs quotes has a sign in it.</summary>
    private static readonly HashSet<string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        "add", "all", "and", "as", "between", "by", "case", "check", "collate", "commit", "constraint", "create", "default",
        "delete", "distinct", "drop", "else", "escape", "except", "exists", "foreign", "from", "group", "having", "in", "index",
        "insert", "intersect", "into", "is", "isnull", "join", "limit", "not", "notnull", "null", "on", "or", "order", "primary",
        "references", "returning", "select", "set", "table", "then", "to", "transaction", "union", "unique", "update", "using",
        "values", "when", "where",
    };

    private void CopySchema(SqliteConnection source)
    {
        var schema = Rows(source,
            """
            SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ('table', 'index', 'view')
            AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
            ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, rowid
            """);
        foreach (var row in schema)
        {
            TryExecute(row[0]);
        }

        _connection.Execute("ANALYZE");
        if (source.QueryInteger("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'") == 0)
        {
            return;
        }

        foreach (var row in Rows(source, "SELECT quote(tbl), quote(idx), quote(stat) FROM sqlite_stat1"))
        {
            TryExecute($"INSERT INTO sqlite_stat1 VALUES ({row[0]}, {row[1]}, {row[2]})");
        }

        _connection.Execute("ANALYZE sqlite_schema");
    }

    /// <summary>What cannot be copied, such as a shadow table that its virtual table has made already, is left out.</summary>
    private void TryExecute(string sql)
    {
        try
        {
            _connection.Execute(sql);
        }
        catch (SqliteException)
        {
            // Plans that need it do not compile, and then nothing is suggested.
        }
    }

    private void ReadTables()
    {
        var rows = Rows(_connection,
            """
            SELECT s.name, c.name FROM sqlite_schema s, pragma_table_xinfo(s.name) c
            WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND c.hidden <> 1
            """);
        foreach (var table in rows.GroupBy(static row => row[0], StringComparer.OrdinalIgnoreCase))
        {
            _tables[table.Key] = [.. table.Select(static row => row[1])];
        }
    }

    private static List<string[]> Rows(SqliteConnection connection, string sql)
    {
        using var statement = connection.Prepare(sql);
        var rows = new List<string[]>();
        var count = statement.Columns.Count;
        SqliteStatus status;
        while ((status = statement.Step()).Code == SqliteStatus.Row)
        {
            var row = statement.Row(count);
            var texts = new string[count];
            for (var column = 0; column < count; column++)
            {
                texts[column] = row.Type(column) == SqliteValueType.Null ? "" : Encoding.UTF8.GetString(row.Text(column));
            }

            rows.Add(texts);
        }

        return status.Code == SqliteStatus.Done ? rows : throw new SqliteException(status, connection.ErrorMessage);
    }
}

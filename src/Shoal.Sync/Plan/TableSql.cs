using System.Globalization;
using System.Text;

namespace Shoal.Sync.Plan;

/// <summary>The SQL of one destination. Texts are kept, so that the server finds them compiled.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class TableSql
{
    private const int RowsMax = 128;
    private const int ParametersMax = 32_000;

    private readonly IReadOnlyList<ColumnPlan> _columns;
    private readonly IReadOnlyList<int> _keys;
    private readonly IReadOnlyDictionary<string, string> _indexes;
    private readonly string[] _upserts = new string[9];
    private readonly string[] _deletes = new string[9];

    public TableSql(string name, IReadOnlyList<ColumnPlan> columns, IReadOnlyList<int> keys,
        IReadOnlyDictionary<string, string> indexes)
    {
        Name = Quote(name);
        StageName = "_sync_stage_" + name;
        Stage = Quote(StageName);
        _columns = columns;
        _keys = keys;
        _indexes = indexes;
        Keys = string.Join(", ", keys.Select(key => Quote(columns[key].Name)));
        Columns = string.Join(", ", columns.Select(static column => Quote(column.Name)));
        Definition = Define();
        Conflict = Tail();
    }

    /// <summary>The table, quoted.</summary>
    public string Name { get; }

    /// <summary>Where rows are put aside until all are there, quoted.</summary>
    public string Stage { get; }

    /// <summary>The same, as it is.</summary>
    public string StageName { get; }

    public string Keys { get; }

    public string Columns { get; }

    /// <summary>Columns and options of CREATE TABLE; tables with the same text are the same.</summary>
    public string Definition { get; }

    /// <summary>What an upsert ends with.</summary>
    public string Conflict { get; }

    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>The largest number of rows for one statement out of this many: few sizes, so that few texts recur.</summary>
    public int Chunk(int rows, bool keysOnly)
    {
        var width = keysOnly ? _keys.Count : _columns.Count;
        var size = RowsMax;
        while (size > 1 && (size > rows || size * width > ParametersMax))
        {
            size /= 2;
        }

        return size;
    }

    public string Create => $"CREATE TABLE IF NOT EXISTS {Name} {Definition}";

    public IEnumerable<string> CreateIndexes() => _indexes.Select(index =>
        $"CREATE INDEX IF NOT EXISTS {Quote(index.Key)} ON {Name}({index.Value})");

    public string Upsert(int rows) => Cached(_upserts, rows, () =>
        $"INSERT INTO {Name}({Columns}) VALUES {Tuples(rows, _columns.Count)}{Conflict}");

    public string Delete(int rows) => Cached(_deletes, rows, () =>
        $"DELETE FROM {Name} WHERE ({Keys}) IN (VALUES {Tuples(rows, _keys.Count)})");

    /// <summary>Changes the columns that are not missing; parameters: those values in order, then the key.</summary>
    public string Update(bool[] missing)
    {
        var sets = string.Join(", ", Enumerable.Range(0, _columns.Count).Where(index => !missing[index])
            .Select(index => Quote(_columns[index].Name) + " = ?"));
        return $"UPDATE {Name} SET {sets} WHERE " + string.Join(" AND ", _keys.Select(key => Quote(_columns[key].Name) + " = ?"));
    }

    public string CreateStage => $"CREATE TABLE IF NOT EXISTS {Stage}("
        + string.Join(", ", _columns.Select(static column => $"{Quote(column.Name)} {column.Type.SqliteType}"))
        + ") STRICT";

    public string DropStage => $"DROP TABLE IF EXISTS {Stage}";

    /// <summary>Makes the table what was put aside, touching only rows that differ.</summary>
    public IEnumerable<string> ReplaceByStage()
    {
        yield return $"DELETE FROM {Name} WHERE ({Keys}) NOT IN (SELECT {Keys} FROM {Stage})";
        yield return $"INSERT INTO {Name}({Columns}) SELECT {Columns} FROM (SELECT {Columns} FROM {Stage} EXCEPT "
            + $"SELECT {Columns} FROM {Name}) WHERE true{Conflict}";
    }

    /// <summary>Makes the table anew from what was put aside: its columns have changed.</summary>
    public IEnumerable<string> RebuildFromStage()
    {
        yield return $"DROP TABLE IF EXISTS {Name}";
        yield return Create;
        yield return $"INSERT INTO {Name}({Columns}) SELECT {Columns} FROM {Stage} WHERE true{Conflict}";
    }

    private static string Cached(string[] texts, int rows, Func<string> make)
    {
        var slot = int.Log2(rows);
        return texts[slot] ??= make();
    }

    private static string Tuples(int rows, int width)
    {
        var tuple = "(" + string.Join(',', Enumerable.Repeat("?", width)) + ")";
        var text = new StringBuilder(tuple, (tuple.Length + 1) * rows);
        for (var row = 1; row < rows; row++)
        {
            text.Append(',').Append(tuple);
        }

        return text.ToString();
    }

    private string Define()
    {
        var single = _keys.Count == 1 && _columns[_keys[0]].Type.SqliteType == "INTEGER";
        var columns = _columns.Select((column, index) => $"{Quote(column.Name)} {column.Type.SqliteType}"
            + (single && index == _keys[0] ? " PRIMARY KEY" : column.IsKey ? " NOT NULL" : ""));
        return single ? $"({string.Join(", ", columns)}) STRICT"
            : $"({string.Join(", ", columns)}, PRIMARY KEY({Keys})) STRICT, WITHOUT ROWID";
    }

    private string Tail()
    {
        var others = _columns.Where(static column => !column.IsKey).Select(static column => Quote(column.Name)).ToList();
        return others.Count == 0 ? $" ON CONFLICT({Keys}) DO NOTHING"
            : $" ON CONFLICT({Keys}) DO UPDATE SET " + string.Join(", ", others.Select(static name => $"{name} = excluded.{name}"));
    }
}

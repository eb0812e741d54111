using Shoal.Engine.Requests;

namespace Shoal.Cli.Demo;

/// <summary>Rows for one table, as few multi-row INSERT statements as SQLite's parameter limit allows.</summary>
internal sealed class TableRows
{
    // Long statements gain nothing past some hundred rows, and equal statements are prepared once.
    private const int RowsPerStatement = 500;

    private readonly string _table;
    private readonly string[] _columns;
    private readonly List<SqlValue> _values = [];

    public TableRows(string table, params string[] columns)
    {
        _table = table;
        _columns = columns;
    }

    public int Count => _values.Count / _columns.Length;

    /// <summary>Adds a row; null is NULL.</summary>
    public void Add(params ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
        {
            _values.Add(value switch
            {
                null => SqlValue.Null,
                int integer => SqlValue.Integer(integer),
                _ => SqlValue.Text((string)value),
            });
        }
    }

    public IEnumerable<SqlBatchItem> ToStatements()
    {
        var all = _values.ToArray();
        var full = Statement(RowsPerStatement);
        for (var row = 0; row < Count; row += RowsPerStatement)
        {
            var rows = Math.Min(RowsPerStatement, Count - row);
            yield return new SqlBatchItem(rows == RowsPerStatement ? full : Statement(rows),
                all.AsMemory(row * _columns.Length, rows * _columns.Length));
        }
    }

    private byte[] Statement(int rows)
    {
        var one = $"({string.Join(',', Enumerable.Repeat('?', _columns.Length))})";
        return System.Text.Encoding.UTF8.GetBytes(
            $"INSERT INTO {_table} ({string.Join(',', _columns)}) VALUES {string.Join(',', Enumerable.Repeat(one, rows))}");
    }
}

namespace Shoal.Client.Bulk;

/// <summary>How objects become rows of a table: which columns there are, which of them are the key, and what goes into each.</summary>
/// <remarks>
/// Thread: build it once, then share it. Cost: a call per value; nothing is boxed and nothing is reflected on.
/// <code>
/// var products = new TableMap&lt;Product&gt;("products").Key("id", p => p.Id).Column("name", p => p.Name);
/// </code>
/// </remarks>
/// <typeparam name="T">What a row is made of.</typeparam>
public sealed class TableMap<T>
{
    private readonly List<ColumnMap<T>> _columns = [];
    private ColumnMap<T>[]? _keys;

    /// <summary>A map without columns yet.</summary>
    /// <param name="table">The table's name, as it is; it is quoted.</param>
    public TableMap(string table)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        Table = table;
    }

    /// <summary>The table's name.</summary>
    public string Table { get; }

    internal IReadOnlyList<ColumnMap<T>> Columns => _columns;

    internal IReadOnlyList<ColumnMap<T>> Keys => [.. _columns.Where(static column => column.IsKey)];

    internal ColumnMap<T>[] KeyColumns => _keys ??= [.. Keys];

    /// <summary>Adds a column of the key: a primary key or a unique index consists of just these.</summary>
    public TableMap<T> Key(string column, Func<T, SqlValue> value) => Add(column, value, isKey: true);

    /// <summary>Adds a column.</summary>
    public TableMap<T> Column(string column, Func<T, SqlValue> value) => Add(column, value, isKey: false);

    internal SqlValue[] KeyOf(T row) => [.. Keys.Select(column => column.Value(row))];

    private TableMap<T> Add(string column, Func<T, SqlValue> value, bool isKey)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(column);
        ArgumentNullException.ThrowIfNull(value);
        if (_columns.Exists(one => string.Equals(one.Name, column, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ArgumentException($"column '{column}' is there already", nameof(column));
        }

        _keys = null;
        _columns.Add(new ColumnMap<T>(column, value, isKey));
        return this;
    }
}

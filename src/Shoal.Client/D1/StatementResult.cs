using Shoal.Client.Rows;

namespace Shoal.Client.D1;

/// <summary>What one statement of a request returned.</summary>
public sealed class StatementResult
{
    private readonly IRowSource? _rows;

    internal StatementResult(IReadOnlyList<string> columns, IRowSource? rows, StatementMeta meta)
    {
        Columns = columns;
        _rows = rows;
        Meta = meta;
    }

    /// <summary>Names of the columns, in order; names may repeat.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>What the statement did and cost.</summary>
    public StatementMeta Meta { get; }

    /// <summary>All rows, each made by <paramref name="map"/>.</summary>
    /// <param name="map">Called once per row; it must not keep the reader.</param>
    public IReadOnlyList<T> Rows<T>(Func<RowReader, T> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var list = new List<T>();
        if (OpenRows() is { } row)
        {
            while (row.MoveNext())
            {
                list.Add(map(row));
            }
        }

        return list;
    }

    /// <summary>All rows, by name of column into a constructor or properties; or the first column, for a scalar.</summary>
    public IReadOnlyList<T> Rows<T>() => Rows(RowMapper<T>.For(Columns));

    /// <summary>The first row, or <c>default</c> when there is none.</summary>
    public T? First<T>(Func<RowReader, T> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return OpenRows() is { } row && row.MoveNext() ? map(row) : default;
    }

    /// <summary>The first row by name of column, or <c>default</c> when there is none.</summary>
    public T? First<T>() => First(RowMapper<T>.For(Columns));

    /// <summary>A reader before the first row; null when there are none.</summary>
    internal RowReader? OpenRows() => _rows?.Open(Columns);
}

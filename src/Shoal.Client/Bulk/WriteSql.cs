using System.Globalization;
using System.Text;
using Shoal.Client.D1;

namespace Shoal.Client.Bulk;

/// <summary>The SQL of a bulk write, in two forms: rows as one JSON parameter, and rows as parameters of a long VALUES.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class WriteSql<T>
{
    /// <summary>Longer statements are not faster, and short ones stay in the server's cache of prepared statements.</summary>
    private const int RowsMax = 128;

    private readonly TableMap<T> _map;
    private readonly WriteMode _mode;
    private readonly StatementText?[] _values = new StatementText?[RowsMax + 1];

    public WriteSql(TableMap<T> map, WriteMode mode, TargetLimits limits)
    {
        _map = map;
        _mode = mode;
        Columns = mode.Kind == WriteModeKind.Delete ? map.Keys : map.Columns;
        Check();
        Json = new StatementText(mode.Kind == WriteModeKind.Delete
            ? $"DELETE FROM {Name(map.Table)} WHERE {KeyTuple()} IN (SELECT {Picked()} FROM json_each(?))"
            : $"{Head()} SELECT {Picked()} FROM json_each(?) WHERE true{Tail()}");
        ValuesRowsMax = RowsThatFit(limits);
    }

    /// <summary>The columns that are sent, in order.</summary>
    public IReadOnlyList<ColumnMap<T>> Columns { get; }

    /// <summary>With one parameter: an array of arrays as JSON.</summary>
    public StatementText Json { get; }

    /// <summary>Rows that fit into one <see cref="Values"/>.</summary>
    public int ValuesRowsMax { get; }

    /// <summary>With a parameter per value, row by row.</summary>
    public StatementText Values(int rows)
    {
        if (_values[rows] is { } known)
        {
            return known;
        }

        var tuple = "(" + string.Join(',', Enumerable.Repeat("?", Columns.Count)) + ")";
        var tuples = new StringBuilder(tuple, (tuple.Length + 1) * rows);
        for (var row = 1; row < rows; row++)
        {
            tuples.Append(',').Append(tuple);
        }

        var sql = new StatementText(_mode.Kind == WriteModeKind.Delete
            ? $"DELETE FROM {Name(_map.Table)} WHERE {KeyTuple()} IN (VALUES {tuples})"
            : $"{Head()} VALUES {tuples}{Tail()}");

        _values[rows] = sql;
        return sql;
    }

    private static string Name(string name) => SqlText.Quoted(name);

    private string Head() => (_mode.Kind == WriteModeKind.Replace ? "INSERT OR REPLACE INTO " : "INSERT INTO ")
        + Name(_map.Table) + "(" + string.Join(", ", Columns.Select(static column => Name(column.Name))) + ")";

    private string KeyTuple()
    {
        var names = string.Join(", ", _map.Keys.Select(static column => Name(column.Name)));
        return _map.Keys.Count == 1 ? names : $"({names})";
    }

    private string Picked() => string.Join(", ",
        Enumerable.Range(0, Columns.Count).Select(static index => string.Create(CultureInfo.InvariantCulture, $"value->>{index}")));

    private string Tail()
    {
        switch (_mode.Kind)
        {
            case WriteModeKind.Ignore:
                return " ON CONFLICT DO NOTHING";
            case WriteModeKind.Upsert or WriteModeKind.UpdateIfNewer:
                var keys = string.Join(", ", _map.Keys.Select(static column => Name(column.Name)));
                var updated = Updated();
                if (updated.Count == 0)
                {
                    return $" ON CONFLICT({keys}) DO NOTHING";
                }

                var sets = string.Join(", ", updated.Select(static column => $"{Name(column)} = excluded.{Name(column)}"));
                var newer = _mode.VersionColumn is { } version
                    ? $" WHERE excluded.{Name(version)} > {Name(_map.Table)}.{Name(version)}" : "";
                return $" ON CONFLICT({keys}) DO UPDATE SET {sets}{newer}";
            case WriteModeKind.Insert or WriteModeKind.Replace or WriteModeKind.Delete:
            default:
                return "";
        }
    }

    private List<string> Updated()
    {
        var named = _mode.Columns.Count > 0
            ? _mode.Columns.ToList()
            : [.. _map.Columns.Where(static column => !column.IsKey).Select(static column => column.Name)];
        if (_mode.VersionColumn is { } version && !named.Contains(version, StringComparer.OrdinalIgnoreCase))
        {
            named.Add(version);
        }

        return named;
    }

    private void Check()
    {
        if (_map.Columns.Count == 0)
        {
            throw new ArgumentException($"the map of table '{_map.Table}' has no columns");
        }

        if (_map.Keys.Count == 0
            && _mode.Kind is WriteModeKind.Upsert or WriteModeKind.UpdateIfNewer or WriteModeKind.Delete)
        {
            throw new ArgumentException($"the map of table '{_map.Table}' has no key; say which columns are it with Key()");
        }

        var unknown = _mode.Columns.Concat(_mode.VersionColumn is { } version ? [version] : [])
            .FirstOrDefault(name => !_map.Columns.Any(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase)));
        if (unknown is not null)
        {
            throw new ArgumentException($"the map of table '{_map.Table}' has no column '{unknown}'");
        }
    }

    private int RowsThatFit(TargetLimits limits)
    {
        var bytesPerRow = (Columns.Count * 2) + 2;
        var fixedBytes = Values(1).Utf8.Length + 100;
        var rows = Math.Min(limits.Sql.ParametersMax / Columns.Count, (limits.Sql.SqlBytesMax - fixedBytes) / bytesPerRow);

        return rows >= 1 ? Math.Min(rows, RowsMax)
            : throw new ArgumentException($"a row of table '{_map.Table}' has {Columns.Count} values, more than a statement of "
                + $"the target takes ({limits.Sql.ParametersMax})");
    }
}

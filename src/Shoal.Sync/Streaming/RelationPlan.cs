using Npgsql.Replication.PgOutput.Messages;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Values;

namespace Shoal.Sync.Streaming;

/// <summary>How rows of the stream, in the columns that it announced, become rows of a destination.</summary>
internal sealed class RelationPlan
{
    private readonly int[] _columns;
    private readonly int _route;

    public RelationPlan(TablePlan table, RelationMessage relation)
        : this(table, [.. relation.Columns.Select(static column => column.ColumnName)],
            relation.ReplicaIdentity == RelationMessage.ReplicaIdentitySetting.AllColumns)
    {
        IsOutdated = !relation.Columns.Select(static column => (column.ColumnName, column.DataTypeId)).SequenceEqual(
            table.Source.Columns.Where(static column => !column.IsGenerated).Select(static column => (column.Name, column.TypeId)));
    }

    private RelationPlan(TablePlan table, List<string> names, bool hasWholeOldRow)
    {
        Table = table;
        Width = names.Count;
        _columns = [.. table.Columns.Select(column => names.IndexOf(column.Name))];
        var route = table.Route.Kind == RouteKind.Lookup ? table.Route.ChildColumn : table.Route.Column;
        _route = names.IndexOf(route);
        HasWholeOldRow = hasWholeOldRow;
        Names = names;
    }

    /// <summary>Whether other tables find their tenant through it.</summary>
    public bool IsParent { get; init; }

    /// <summary>
    /// Whether the stream's rows are older than the plan: the table was altered since, so that every tenant has been copied since
    /// or will be, and has them.
    /// </summary>
    public bool IsOutdated { get; }

    /// <summary>For a table that the stream has not announced yet: its columns as the catalog has them.</summary>
    public static RelationPlan OfTable(TablePlan table) =>
        new(table, [.. table.Source.Columns.Where(static column => !column.IsGenerated).Select(static column => column.Name)], false);

    public TablePlan Table { get; }

    /// <summary>Columns of the stream's rows.</summary>
    public int Width { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether old rows are complete, large values included.</summary>
    public bool HasWholeOldRow { get; }

    /// <summary>The tenant, or the parent's key; null where the row has none.</summary>
    public string? RouteOf(string?[] row) => _route < 0 ? null : row[_route];

    /// <summary>Tells rows apart; the same for a row and for a key.</summary>
    public string KeyOf(string?[] row)
    {
        if (Table.Keys.Count == 1)
        {
            return row[_columns[Table.Keys[0]]] ?? "";
        }

        return string.Join('\u001f', Table.Keys.Select(key => row[_columns[key]]));
    }

    public RowChange Delete(string?[] row)
    {
        var key = new SqlValue[Table.Keys.Count];
        for (var index = 0; index < key.Length; index++)
        {
            var column = Table.Keys[index];
            key[index] = ValueConverter.Convert(row[_columns[column]], Table.Columns[column].Type);
        }

        return new RowChange(RowChangeKind.Delete, key, null, 32 * key.Length);
    }

    /// <summary>A row as it is now; a partial one where large values did not come along.</summary>
    public RowChange Upsert(string?[] row)
    {
        var values = new SqlValue[_columns.Length];
        bool[]? missing = null;
        var bytes = 0;
        for (var index = 0; index < values.Length; index++)
        {
            var from = _columns[index];
            if (from < 0 || SourceRow.IsUnchanged(row[from]))
            {
                missing ??= new bool[values.Length];
                missing[index] = true;
                continue;
            }

            var text = row[from];
            values[index] = ValueConverter.Convert(text, Table.Columns[index].Type);
            bytes += 8 + (text?.Length ?? 0) * (Table.Columns[index].Type.Form == ValueForm.Bytes ? 2 : 1);
        }

        return new RowChange(missing is null ? RowChangeKind.Upsert : RowChangeKind.Update, values, missing, bytes);
    }

    /// <summary>Takes what is missing in a row from its old form.</summary>
    public void Complete(string?[] row, string?[] old)
    {
        for (var index = 0; index < row.Length; index++)
        {
            if (SourceRow.IsUnchanged(row[index]) && !SourceRow.IsUnchanged(old[index]))
            {
                row[index] = old[index];
            }
        }
    }
}

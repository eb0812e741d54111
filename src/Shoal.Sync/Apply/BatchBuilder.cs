using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Sync.Plan;

namespace Shoal.Sync.Apply;

/// <summary>Makes statements for one database out of changes: few and wide ones.</summary>
/// <remarks>Thread: not safe; one per tenant. Statements are kept prepared by text.</remarks>
internal sealed class BatchBuilder(Database database)
{
    private const int KeptMax = 256;

    private readonly Dictionary<string, Statement> _kept = new(StringComparer.Ordinal);

    public Statement Make(string sql, params ReadOnlySpan<SqlValue> values)
    {
        if (!_kept.TryGetValue(sql, out var statement))
        {
            if (_kept.Count >= KeptMax)
            {
                _kept.Clear();
            }

            // A batch holds its position and is refused the second time, so it may be sent again.
            _kept[sql] = statement = database.Prepare(sql).AsIdempotent();
        }

        return values.Length == 0 ? statement : statement.Bind(values);
    }

    public void Add(List<Statement> batch, ChangeSet changes)
    {
        foreach (var (table, one) in changes.Tables)
        {
            if (one.Truncates)
            {
                batch.Add(Make($"DELETE FROM {table.Sql.Name}"));
            }

            foreach (var parent in one.Orphans)
            {
                batch.Add(Make($"DELETE FROM {table.Sql.Name} WHERE {TableSql.Quote(table.Route.ChildColumn)} = ?", parent));
            }

            AddRows(batch, table, one.Rows.Values);
        }
    }

    /// <summary>Deletions first: they make room in unique indexes.</summary>
    public void AddRows(List<Statement> batch, TablePlan table, IReadOnlyCollection<RowChange> rows) =>
        AddRows(batch, table.Sql, table.Keys, rows);

    /// <summary>Deletions first: they make room in unique indexes.</summary>
    public void AddRows(List<Statement> batch, TableSql sql, IReadOnlyList<int> keys, IReadOnlyCollection<RowChange> rows)
    {
        var deletes = rows.Where(static row => row.Kind == RowChangeKind.Delete).Select(static row => row.Values).ToList();
        AddChunks(batch, deletes, sql, keysOnly: true, sql.Delete);
        var upserts = rows.Where(static row => row.Kind == RowChangeKind.Upsert).Select(static row => row.Values).ToList();
        AddChunks(batch, upserts, sql, keysOnly: false, sql.Upsert);
        foreach (var row in rows.Where(static row => row.Kind == RowChangeKind.Update))
        {
            var missing = row.Missing!;
            SqlValue[] values = [.. row.Values.Where((_, index) => !missing[index]), .. keys.Select(key => row.Values[key])];
            batch.Add(Make(sql.Update(missing), values));
        }
    }

    /// <summary>Statements over runs of rows.</summary>
    public void AddChunks(List<Statement> batch, IReadOnlyList<SqlValue[]> rows, TableSql sql, bool keysOnly, Func<int, string> text)
    {
        for (var from = 0; from < rows.Count;)
        {
            var count = sql.Chunk(rows.Count - from, keysOnly);
            var width = rows[from].Length;
            var values = new SqlValue[count * width];
            for (var row = 0; row < count; row++)
            {
                rows[from + row].CopyTo(values, row * width);
            }

            batch.Add(Make(text(count), values));
            from += count;
        }
    }
}

using Shoal.Client;
using Shoal.Sync.Plan;

namespace Shoal.Sync.Apply;

/// <summary>What becomes of one table: only the last word on each row, for all commit together.</summary>
/// <remarks>Order: what is emptied, then what a parent's move takes away, then rows.</remarks>
internal sealed class TableChanges(TablePlan table)
{
    private HashSet<SqlValue>? _orphans;

    /// <summary>Whether the table is emptied first.</summary>
    public bool Truncates { get; private set; }

    /// <summary>Values of the column that refers to a parent, whose rows go first.</summary>
    public IReadOnlyCollection<SqlValue> Orphans => (IReadOnlyCollection<SqlValue>?)_orphans ?? [];

    public Dictionary<string, RowChange> Rows { get; } = new(StringComparer.Ordinal);

    public void Add(string key, RowChange change) => Rows[key] =
        change.Kind == RowChangeKind.Update && Rows.TryGetValue(key, out var before) ? before.Then(change) : change;

    public void Truncate()
    {
        Truncates = true;
        _orphans = null;
        Rows.Clear();
    }

    /// <summary>Takes away the rows that refer to a parent.</summary>
    public void RemoveChildren(SqlValue parent)
    {
        foreach (var (key, row) in Rows.Where(one => one.Value.Kind != RowChangeKind.Delete
            && one.Value.Values[table.ChildColumn] == parent).ToList())
        {
            // It may be there under another parent, so that what takes the parent's children away does not find it.
            Rows[key] = new RowChange(RowChangeKind.Delete, [.. table.Keys.Select(index => row.Values[index])], null, row.Bytes);
        }

        (_orphans ??= []).Add(parent);
    }

    public void Merge(TableChanges later)
    {
        if (later.Truncates)
        {
            Truncate();
        }

        foreach (var parent in later.Orphans)
        {
            RemoveChildren(parent);
        }

        foreach (var (key, change) in later.Rows)
        {
            Add(key, change);
        }
    }
}

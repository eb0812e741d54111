using Shoal.Client;

namespace Shoal.Sync.Apply;

/// <summary>What becomes of one table: only the last word on each row, for all commit together.</summary>
/// <remarks>Order: what is emptied, then what a parent's move takes away, then rows.</remarks>
internal sealed class TableChanges
{
    /// <summary>Whether the table is emptied first.</summary>
    public bool Truncates { get; private set; }

    /// <summary>Values of the column that refers to a parent, whose rows go first.</summary>
    public HashSet<SqlValue> Orphans { get; } = [];

    public Dictionary<string, RowChange> Rows { get; } = new(StringComparer.Ordinal);

    public void Add(string key, RowChange change) => Rows[key] =
        change.Kind == RowChangeKind.Update && Rows.TryGetValue(key, out var before) ? before.Then(change) : change;

    public void Truncate()
    {
        Truncates = true;
        Orphans.Clear();
        Rows.Clear();
    }

    /// <summary>Takes away the rows that refer to a parent.</summary>
    public void RemoveChildren(int column, SqlValue parent)
    {
        foreach (var (key, _) in Rows.Where(one => one.Value.Kind == RowChangeKind.Upsert && one.Value.Values[column] == parent).ToList())
        {
            // It may have been there before under another parent, and must not come back.
            Rows.Remove(key);
        }

        Orphans.Add(parent);
    }

    public void Merge(TableChanges later)
    {
        if (later.Truncates)
        {
            Truncate();
        }

        foreach (var parent in later.Orphans)
        {
            Orphans.Add(parent);
        }

        foreach (var (key, change) in later.Rows)
        {
            Add(key, change);
        }
    }
}

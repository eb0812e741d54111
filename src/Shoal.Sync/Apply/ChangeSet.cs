using Shoal.Sync.Plan;

namespace Shoal.Sync.Apply;

/// <summary>What becomes of one tenant's tables in one batch.</summary>
internal sealed class ChangeSet
{
    public Dictionary<TablePlan, TableChanges> Tables { get; } = [];

    /// <summary>Changes that went in; merging may leave fewer.</summary>
    public int Rows { get; private set; }

    /// <summary>About how much they take in a request.</summary>
    public long Bytes { get; private set; }

    public void Add(TablePlan table, string key, RowChange change)
    {
        Of(table).Add(key, change);
        Rows++;
        Bytes += change.Bytes;
    }

    public void Truncate(TablePlan table)
    {
        Of(table).Truncate();
        Rows++;
    }

    public TableChanges Of(TablePlan table)
    {
        if (!Tables.TryGetValue(table, out var changes))
        {
            Tables[table] = changes = new TableChanges(table);
        }

        return changes;
    }

    public RowChange? Find(TablePlan table, string key) =>
        Tables.TryGetValue(table, out var changes) ? changes.Rows.GetValueOrDefault(key) : null;

    public void Merge(ChangeSet later)
    {
        foreach (var (table, changes) in later.Tables)
        {
            Of(table).Merge(changes);
        }

        Rows += later.Rows;
        Bytes += later.Bytes;
    }
}

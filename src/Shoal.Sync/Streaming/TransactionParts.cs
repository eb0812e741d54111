using Shoal.Sync.Apply;

namespace Shoal.Sync.Streaming;

/// <summary>A transaction of PostgreSQL, taken apart by tenant.</summary>
internal sealed class TransactionParts
{
    public Dictionary<string, ChangeSet> Tenants { get; } = new(StringComparer.Ordinal);

    /// <summary>Tenants that rows left.</summary>
    public HashSet<string> Givers { get; } = new(StringComparer.Ordinal);

    /// <summary>Tenants that rows of others came to.</summary>
    public HashSet<string> Receivers { get; } = new(StringComparer.Ordinal);

    public int Rows { get; set; }

    public ChangeSet Of(string tenant)
    {
        if (!Tenants.TryGetValue(tenant, out var changes))
        {
            Tenants[tenant] = changes = new ChangeSet();
        }

        return changes;
    }

    public void Clear()
    {
        Tenants.Clear();
        Givers.Clear();
        Receivers.Clear();
        Rows = 0;
    }
}

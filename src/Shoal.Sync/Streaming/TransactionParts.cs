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

    public int Rows { get; private set; }

    /// <summary>Whether there are too many changes to hold: then only the tenants are noted, and copied again.</summary>
    public bool IsTooLarge { get; private set; }

    public ChangeSet Of(string tenant)
    {
        if (!Tenants.TryGetValue(tenant, out var changes))
        {
            Tenants[tenant] = changes = new ChangeSet();
        }

        return changes;
    }

    /// <summary>Counts a change; lets go of all when there are too many.</summary>
    /// <returns>Whether it is to be kept.</returns>
    public bool Count(string tenant, int rowsMax)
    {
        if (++Rows > rowsMax && !IsTooLarge)
        {
            IsTooLarge = true;
            foreach (var one in Tenants.Keys.ToList())
            {
                Tenants[one] = new ChangeSet();
            }
        }

        if (IsTooLarge)
        {
            Of(tenant);
        }

        return !IsTooLarge;
    }

    public void Clear()
    {
        IsTooLarge = false;
        Tenants.Clear();
        Givers.Clear();
        Receivers.Clear();
        Rows = 0;
    }
}

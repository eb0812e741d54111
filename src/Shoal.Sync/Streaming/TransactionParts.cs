using Shoal.Sync.Apply;

namespace Shoal.Sync.Streaming;

/// <summary>A transaction of PostgreSQL, taken apart by tenant.</summary>
internal sealed class TransactionParts
{
    /// <summary>Changes of one transaction in memory. Units: bytes, estimated.</summary>
    private const long BytesMax = 64 * 1024 * 1024;

    public Dictionary<string, ChangeSet> Tenants { get; } = new(StringComparer.Ordinal);

    /// <summary>Tenants that rows left.</summary>
    public HashSet<string> Givers { get; } = new(StringComparer.Ordinal);

    /// <summary>Tenants that rows of others came to.</summary>
    public HashSet<string> Receivers { get; } = new(StringComparer.Ordinal);

    public int Rows { get; private set; }

    /// <summary>About how much all changes take.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether there are too many changes to hold.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Whether PostgreSQL did not show what is needed to apply it.</summary>
    public bool IsHidden { get; private set; }

    /// <summary>Whether only the tenants are noted, and copied again.</summary>
    public bool IsGivenUp => IsTooLarge || IsHidden;

    public ChangeSet Of(string tenant)
    {
        if (!Tenants.TryGetValue(tenant, out var changes))
        {
            Tenants[tenant] = changes = new ChangeSet();
        }

        return changes;
    }

    /// <summary>Notes that PostgreSQL does not show what these tenants need; null for none.</summary>
    public void Hide(params ReadOnlySpan<string?> tenants)
    {
        IsHidden = true;
        Drop();
        foreach (var tenant in tenants)
        {
            if (tenant is not null)
            {
                Of(tenant);
            }
        }
    }

    /// <summary>Counts a change; lets go of all when there are too many.</summary>
    /// <returns>Whether it is to be kept.</returns>
    public bool Count(string tenant, int bytes, int rowsMax)
    {
        Bytes += bytes;
        if ((++Rows > rowsMax || Bytes > BytesMax) && !IsGivenUp)
        {
            IsTooLarge = true;
            Drop();
        }

        if (IsGivenUp)
        {
            Of(tenant);
        }

        return !IsGivenUp;
    }

    public void Clear()
    {
        IsTooLarge = false;
        IsHidden = false;
        Tenants.Clear();
        Givers.Clear();
        Receivers.Clear();
        Rows = 0;
        Bytes = 0;
    }

    private void Drop()
    {
        foreach (var one in Tenants.Keys.ToList())
        {
            Tenants[one] = new ChangeSet();
        }
    }
}

namespace Shoal.Sync.Configuration;

/// <summary>What happens when PostgreSQL keeps too much of its log for the slot.</summary>
public sealed record WalBudgetSettings
{
    /// <summary>
    /// Log that PostgreSQL may keep for the slot. Units: bytes. Default null: only <c>max_slot_wal_keep_size</c> bounds it.
    /// </summary>
    public long? Size { get; init; }

    /// <summary>Part that is left when the sync warns. Units: percent. Default 50.</summary>
    public int WarnPercent { get; init; } = 50;

    /// <summary>Part that is left when slow tenants are given up until they are copied. Units: percent. Default 20.</summary>
    public int ShedPercent { get; init; } = 20;

    /// <summary>Part that is left when <see cref="DropsSlot"/> counts. Units: percent. Default 5.</summary>
    public int DropPercent { get; init; } = 5;

    /// <summary>Age of what a tenant has not applied yet, from which on it is slow. Default 10 s.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the slot is dropped in the end, and all tenants are copied anew. Default false: it is held.</summary>
    public bool DropsSlot { get; init; }

    /// <summary>The part that is left, of the nearer of both bounds; 1 without a bound.</summary>
    /// <param name="retained">Log that is kept. Units: bytes.</param>
    /// <param name="safe">Log that may still be written before PostgreSQL gives the slot up; null without a bound there.</param>
    public double LeftOf(long retained, long? safe)
    {
        var left = safe is { } bytes ? Math.Max(0, bytes) / Math.Max(1.0, Math.Max(0, bytes) + retained) : 1;
        return Size is { } size ? Math.Min(left, Math.Max(0, size - retained) / (double)size) : left;
    }

    /// <summary>What is left of the nearer of both bounds; null without a bound. Units: bytes.</summary>
    /// <param name="retained">Log that is kept. Units: bytes.</param>
    /// <param name="safe">Log that may still be written before PostgreSQL gives the slot up; null without a bound there.</param>
    public double? BytesLeftOf(long retained, long? safe)
    {
        var left = (Size - retained, safe) switch
        {
            ({ } own, { } other) => Math.Min(own, other),
            var (own, other) => own ?? other,
        };
        return left is { } bytes ? Math.Max(0, bytes) : null;
    }
}

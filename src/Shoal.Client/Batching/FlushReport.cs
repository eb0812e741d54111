namespace Shoal.Client.Batching;

/// <summary>What became of the items that a flush waited for.</summary>
public sealed record FlushReport
{
    /// <summary>Items that are in the database.</summary>
    public long Applied { get; init; }

    /// <summary>Items that the database refused.</summary>
    public long Rejected { get; init; }

    /// <summary>Items that never got through.</summary>
    public long NotApplied { get; init; }

    /// <summary>Items that were sent and of which nobody knows.</summary>
    public long Unknown { get; init; }

    /// <summary>Whether all of them are in the database.</summary>
    public bool IsComplete => Rejected + NotApplied + Unknown == 0;

    internal FlushReport Plus(FlushReport other) => new()
    {
        Applied = Applied + other.Applied,
        Rejected = Rejected + other.Rejected,
        NotApplied = NotApplied + other.NotApplied,
        Unknown = Unknown + other.Unknown,
    };

    internal FlushReport Plus(ItemStatus status, int count) => status switch
    {
        ItemStatus.Applied => this with { Applied = Applied + count },
        ItemStatus.Rejected => this with { Rejected = Rejected + count },
        ItemStatus.Unknown => this with { Unknown = Unknown + count },
        ItemStatus.NotApplied or ItemStatus.Superseded or ItemStatus.Dropped => this with { NotApplied = NotApplied + count },
    };
}

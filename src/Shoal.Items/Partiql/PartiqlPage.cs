using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>A page of a SELECT.</summary>
internal sealed record PartiqlPage
{
    public required ItemTable Table { get; init; }

    public required SecondaryIndex? Index { get; init; }

    /// <summary>What was found, as it is to be shown.</summary>
    public required IReadOnlyList<Item> Items { get; init; }

    /// <summary>Where the next page begins; null when this one is the last.</summary>
    public PartiqlPosition? Next { get; init; }

    /// <summary>Size of what was read from the table. Units: bytes.</summary>
    public long TableBytes { get; init; }

    /// <summary>Size of what was read from the index. Units: bytes.</summary>
    public long IndexBytes { get; init; }
}

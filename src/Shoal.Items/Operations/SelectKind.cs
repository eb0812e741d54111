namespace Shoal.Items.Operations;

/// <summary>What a query or scan shows of items.</summary>
public enum SelectKind
{
    /// <summary>All that the table or index holds, or what a projection says.</summary>
    Default,

    /// <summary>All attributes, also where an index does not copy them.</summary>
    AllAttributes,

    /// <summary>What the index copies.</summary>
    AllProjected,

    /// <summary>What a projection says.</summary>
    Specific,

    /// <summary>Only how many there are.</summary>
    Count,
}

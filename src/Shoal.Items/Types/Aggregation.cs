namespace Shoal.Items.Types;

/// <summary>What the numbers of a stretch of time become.</summary>
public enum Aggregation
{
    /// <summary>Their sum by their count, cut to 38 digits.</summary>
    Average,

    /// <summary>Their exact sum.</summary>
    Sum,

    /// <summary>The smallest.</summary>
    Min,

    /// <summary>The greatest.</summary>
    Max,

    /// <summary>How many there are.</summary>
    Count,

    /// <summary>The oldest.</summary>
    First,

    /// <summary>The newest.</summary>
    Last,
}

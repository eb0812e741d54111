namespace Shoal.Items.Expressions;

/// <summary>What a node of an expression is.</summary>
internal enum ExpressionNodeKind
{
    /// <summary>A document path.</summary>
    Path,

    /// <summary>A value from <c>ExpressionAttributeValues</c>; null when that has none.</summary>
    Value,

    /// <summary>A function with arguments.</summary>
    Function,

    /// <summary>One of the six comparisons.</summary>
    Comparison,

    /// <summary>x BETWEEN y AND z.</summary>
    Between,

    /// <summary>x IN (y, …).</summary>
    In,

    /// <summary>Both hold.</summary>
    And,

    /// <summary>One holds.</summary>
    Or,

    /// <summary>It does not hold.</summary>
    Not,

    /// <summary>x + y.</summary>
    Plus,

    /// <summary>x - y.</summary>
    Minus,
}

namespace Shoal.Protocol.Csv;

/// <summary>What number a text is the canonical form of.</summary>
public enum NumberKind
{
    /// <summary>Of none: it is text.</summary>
    None,

    /// <summary>Of a 64-bit signed integer.</summary>
    Integer,

    /// <summary>Of a double.</summary>
    Real,
}

namespace Shoal.Items.Types;

/// <summary>Bounds on typed values.</summary>
public static class ValueLimits
{
    /// <summary>Length of a key; with a time before it, it is a sort key. Units: bytes of UTF-8.</summary>
    public const int KeyBytesMax = 1000;

    /// <summary>
    /// Length of a field, of a member of a set or of a place's name; with a score before it, it is a sort key. Units:
    /// bytes of UTF-8.
    /// </summary>
    public const int MemberBytesMax = 960;

    /// <summary>Elements that one read returns, and that one write adds or takes.</summary>
    public const int ElementsMax = 10_000;

    /// <summary>Writes of one batch.</summary>
    public const int BatchMax = 1000;

    /// <summary>Places that one search looks at.</summary>
    public const int PlacesMax = 100_000;

    /// <summary>Steps of a JSON path.</summary>
    public const int PathStepsMax = 32;

    /// <summary>Elements that go with their key in one transaction; more are removed in steps after it.</summary>
    internal const int DeleteAtOnceMax = 500;
}

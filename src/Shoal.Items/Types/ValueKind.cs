namespace Shoal.Items.Types;

/// <summary>What a key holds. Persisted: the numbers never change.</summary>
public enum ValueKind
{
    /// <summary>One text, number or byte string.</summary>
    String = 1,

    /// <summary>Fields with values.</summary>
    Hash = 2,

    /// <summary>Values in order, changed at both ends.</summary>
    List = 3,

    /// <summary>Distinct texts.</summary>
    Set = 4,

    /// <summary>Distinct texts, ordered by a number.</summary>
    SortedSet = 5,

    /// <summary>A JSON document.</summary>
    Json = 6,

    /// <summary>Entries with ascending ids.</summary>
    Stream = 7,

    /// <summary>Numbers at times.</summary>
    TimeSeries = 8,

    /// <summary>Texts at places on earth.</summary>
    Geo = 9,
}

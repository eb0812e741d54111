namespace Shoal.Items.Values;

/// <summary>The ten types of attribute values. Persisted: the numbers never change.</summary>
public enum AttributeType
{
    /// <summary>Text.</summary>
    S = 1,

    /// <summary>A decimal number of up to 38 digits.</summary>
    N = 2,

    /// <summary>Bytes.</summary>
    B = 3,

    /// <summary>True or false.</summary>
    BOOL = 4,

    /// <summary>Null.</summary>
    NULL = 5,

    /// <summary>A map from names to values.</summary>
    M = 6,

    /// <summary>A list of values.</summary>
    L = 7,

    /// <summary>A set of texts.</summary>
    SS = 8,

    /// <summary>A set of numbers.</summary>
    NS = 9,

    /// <summary>A set of byte strings.</summary>
    BS = 10,
}

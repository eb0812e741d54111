namespace Shoal.Client;

/// <summary>SQLite's types of values.</summary>
public enum SqlValueKind
{
    /// <summary>NULL.</summary>
    Null,

    /// <summary>A 64-bit integer.</summary>
    Integer,

    /// <summary>A double.</summary>
    Real,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Blob,
}

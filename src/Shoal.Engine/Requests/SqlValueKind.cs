namespace Shoal.Engine.Requests;

/// <summary>What a <see cref="SqlValue"/> holds; SQLite's five storage classes.</summary>
public enum SqlValueKind
{
    /// <summary>NULL.</summary>
    Null,

    /// <summary>A 64-bit signed integer.</summary>
    Integer,

    /// <summary>A 64-bit IEEE double.</summary>
    Real,

    /// <summary>UTF-8 text.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Blob,
}

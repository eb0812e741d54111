namespace Shoal.Sqlite.Statements;

/// <summary>Storage class of a column's value, numbered as SQLite does.</summary>
public enum SqliteValueType
{
    /// <summary>64-bit signed integer.</summary>
    Integer = 1,

    /// <summary>64-bit double.</summary>
    Real = 2,

    /// <summary>UTF-8 text; may contain any bytes, SQLite does not validate.</summary>
    Text = 3,

    /// <summary>Bytes.</summary>
    Blob = 4,

    /// <summary>NULL.</summary>
    Null = 5,
}

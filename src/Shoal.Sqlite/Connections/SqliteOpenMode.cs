namespace Shoal.Sqlite.Connections;

/// <summary>How a database file is opened.</summary>
public enum SqliteOpenMode
{
    /// <summary>Never written.</summary>
    Read,

    /// <summary>Must exist.</summary>
    ReadWrite,

    /// <summary>Created when missing.</summary>
    Create,
}

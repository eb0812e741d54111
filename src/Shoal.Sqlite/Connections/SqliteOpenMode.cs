namespace Shoal.Sqlite.Connections;

/// <summary>How a database file is opened.</summary>
/// <remarks>
/// A file that may be written belongs to this process: the first lock on it is exclusive and stays until the last
/// connection is closed, and other processes find the file locked. Then the locks between the connections of this process
/// and the index of the WAL are in memory: a read costs no system call for them, and there is no <c>-shm</c> file.
/// Source: https://www.sqlite.org/vfs.html, "unix-excl".
/// </remarks>
public enum SqliteOpenMode
{
    /// <summary>Never written; other processes may use it, too.</summary>
    Read,

    /// <summary>
    /// Never written, and known not to change while it is open: no locks, no look at a WAL, and nothing is created beside it.
    /// </summary>
    Immutable,

    /// <summary>Must exist.</summary>
    ReadWrite,

    /// <summary>Created when missing.</summary>
    Create,
}

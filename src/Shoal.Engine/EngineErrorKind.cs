namespace Shoal.Engine;

/// <summary>Why the engine could not do what was asked. Each kind has a row in <c>docs/reference/errors.md</c>.</summary>
public enum EngineErrorKind
{
    /// <summary>The SQL was refused or failed; nothing of the request was applied.</summary>
    Sql,

    /// <summary>No database has that id or name.</summary>
    DatabaseNotFound,

    /// <summary>The name is taken.</summary>
    NameTaken,

    /// <summary>A name or setting is not valid.</summary>
    InvalidArgument,

    /// <summary>A limit of the server would be exceeded.</summary>
    LimitExceeded,

    /// <summary>The request needed more memory than one may have; nothing of it was applied.</summary>
    OutOfMemory,

    /// <summary>Too many requests wait for this database; try again later.</summary>
    Overloaded,

    /// <summary>The request ran longer than the query timeout and was stopped.</summary>
    Timeout,

    /// <summary>The caller may only read and the statement writes.</summary>
    ReadOnly,

    /// <summary>The database or the data folder is damaged.</summary>
    Corruption,

    /// <summary>The disk is full or the file system refuses writes.</summary>
    StorageUnavailable,

    /// <summary>Another process has the data folder open.</summary>
    DataFolderInUse,

    /// <summary>History does not have that state of the database.</summary>
    NotRestorable,

    /// <summary>The engine is shutting down.</summary>
    ShuttingDown,
}

namespace Shoal.Engine.Databases;

/// <summary>What the authorizer learned of a statement while it was compiled.</summary>
[Flags]
internal enum StatementTraits
{
    None = 0,

    /// <summary>Depends on state that only the writer connection has: <c>changes()</c>, <c>last_insert_rowid()</c>, settings.</summary>
    NeedsWriter = 1,

    /// <summary>A PRAGMA: must be authorized each time, so it is never kept prepared.</summary>
    Pragma = 2,

    /// <summary>Changes a setting of the connection that must not outlive the request.</summary>
    ChangesSettings = 4,

    /// <summary>May give an object a new name.</summary>
    Renames = 8,

    /// <summary>Writes although SQLite calls it read-only: <c>PRAGMA optimize</c> runs ANALYZE.</summary>
    Writes = 16,
}

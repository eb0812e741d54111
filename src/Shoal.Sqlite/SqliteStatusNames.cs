using System.Globalization;

namespace Shoal.Sqlite;

/// <summary>Names of SQLite's result codes, from https://www.sqlite.org/rescode.html.</summary>
internal static class SqliteStatusNames
{
    private static readonly string[] Primaries =
    [
        "OK", "ERROR", "INTERNAL", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT", "IOERR",
        "CORRUPT", "NOTFOUND", "FULL", "CANTOPEN", "PROTOCOL", "EMPTY", "SCHEMA", "TOOBIG", "CONSTRAINT", "MISMATCH",
        "MISUSE", "NOLFS", "AUTH", "FORMAT", "RANGE", "NOTADB", "NOTICE", "WARNING",
    ];

    private static readonly string[] Constraints =
    [
        "", "CHECK", "COMMITHOOK", "FOREIGNKEY", "FUNCTION", "NOTNULL", "PRIMARYKEY", "TRIGGER", "UNIQUE", "VTAB",
        "ROWID", "PINNED", "DATATYPE",
    ];

    private static readonly string[] InputOutputs =
    [
        "", "READ", "SHORT_READ", "WRITE", "FSYNC", "DIR_FSYNC", "TRUNCATE", "FSTAT", "UNLOCK", "RDLOCK", "DELETE",
        "BLOCKED", "NOMEM", "ACCESS", "CHECKRESERVEDLOCK", "LOCK", "CLOSE", "DIR_CLOSE", "SHMOPEN", "SHMSIZE",
        "SHMLOCK", "SHMMAP", "SEEK", "DELETE_NOENT", "MMAP", "GETTEMPPATH", "CONVPATH", "VNODE", "AUTH",
        "BEGIN_ATOMIC", "COMMIT_ATOMIC", "ROLLBACK_ATOMIC", "DATA", "CORRUPTFS", "IN_PAGE",
    ];

    private static readonly Dictionary<int, string[]> Details = new()
    {
        [SqliteStatus.Error] = ["", "MISSING_COLLSEQ", "RETRY", "SNAPSHOT"],
        [4] = ["", "", "ROLLBACK"],
        [SqliteStatus.Busy] = ["", "RECOVERY", "SNAPSHOT", "TIMEOUT"],
        [6] = ["", "SHAREDCACHE", "VTAB"],
        [SqliteStatus.ReadOnly] = ["", "RECOVERY", "CANTLOCK", "ROLLBACK", "DBMOVED", "CANTINIT", "DIRECTORY"],
        [SqliteStatus.InputOutput] = InputOutputs,
        [SqliteStatus.Corrupt] = ["", "VTAB", "SEQUENCE", "INDEX"],
        [SqliteStatus.CannotOpen] = ["", "NOTEMPDIR", "ISDIR", "FULLPATH", "CONVPATH", "DIRTYWAL", "SYMLINK"],
        [SqliteStatus.Constraint] = Constraints,
        [SqliteStatus.Authorization] = ["", "USER"],
    };

    public static string Primary(int code) =>
        (uint)code < (uint)Primaries.Length ? "SQLITE_" + Primaries[code] : "SQLITE_ERROR";

    public static string Extended(int code)
    {
        var detail = code >> 8;
        return Details.TryGetValue(code & 0xFF, out var names) && detail < names.Length && names[detail].Length > 0
            ? $"{Primary(code & 0xFF)}_{names[detail]}"
            : string.Create(CultureInfo.InvariantCulture, $"{Primary(code & 0xFF)}_{detail}");
    }
}

namespace Shoal.Sqlite.Connections;

/// <summary>Run-time limits of a connection, numbered as SQLite does.</summary>
/// <remarks>Source: https://www.sqlite.org/c3ref/c_limit_attached.html.</remarks>
public enum SqliteLimit
{
    /// <summary>Bytes of a string, blob or row.</summary>
    Length = 0,

    /// <summary>Bytes of a statement.</summary>
    SqlLength = 1,

    /// <summary>Columns of a table, index, result or SET clause.</summary>
    Columns = 2,

    /// <summary>Depth of an expression tree.</summary>
    ExpressionDepth = 3,

    /// <summary>Terms of a compound SELECT.</summary>
    CompoundSelect = 4,

    /// <summary>Instructions of a compiled statement.</summary>
    VdbeOps = 5,

    /// <summary>Arguments of a function.</summary>
    FunctionArguments = 6,

    /// <summary>Attached databases.</summary>
    Attached = 7,

    /// <summary>Bytes of a LIKE or GLOB pattern.</summary>
    LikePatternLength = 8,

    /// <summary>Largest parameter number.</summary>
    VariableNumber = 9,

    /// <summary>Depth of trigger recursion.</summary>
    TriggerDepth = 10,

    /// <summary>Auxiliary threads of one statement.</summary>
    WorkerThreads = 11,
}

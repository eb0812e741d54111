namespace Shoal.Sqlite.Connections;

/// <summary>What a statement is about to do, numbered as SQLite's authorizer action codes.</summary>
/// <remarks>Source: https://www.sqlite.org/c3ref/c_alter_table.html.</remarks>
public enum AuthorizerAction
{
    /// <summary>Copy (unused by SQLite).</summary>
    Copy = 0,

    /// <summary>Index name, table name.</summary>
    CreateIndex = 1,

    /// <summary>Table name.</summary>
    CreateTable = 2,

    /// <summary>Index name, table name.</summary>
    CreateTempIndex = 3,

    /// <summary>Table name.</summary>
    CreateTempTable = 4,

    /// <summary>Trigger name, table name.</summary>
    CreateTempTrigger = 5,

    /// <summary>View name.</summary>
    CreateTempView = 6,

    /// <summary>Trigger name, table name.</summary>
    CreateTrigger = 7,

    /// <summary>View name.</summary>
    CreateView = 8,

    /// <summary>Table name.</summary>
    Delete = 9,

    /// <summary>Index name, table name.</summary>
    DropIndex = 10,

    /// <summary>Table name.</summary>
    DropTable = 11,

    /// <summary>Index name, table name.</summary>
    DropTempIndex = 12,

    /// <summary>Table name.</summary>
    DropTempTable = 13,

    /// <summary>Trigger name, table name.</summary>
    DropTempTrigger = 14,

    /// <summary>View name.</summary>
    DropTempView = 15,

    /// <summary>Trigger name, table name.</summary>
    DropTrigger = 16,

    /// <summary>View name.</summary>
    DropView = 17,

    /// <summary>Table name.</summary>
    Insert = 18,

    /// <summary>Pragma name, argument or nothing.</summary>
    Pragma = 19,

    /// <summary>Table name, column name.</summary>
    Read = 20,

    /// <summary>No arguments.</summary>
    Select = 21,

    /// <summary>Operation: BEGIN, COMMIT or ROLLBACK.</summary>
    Transaction = 22,

    /// <summary>Table name, column name.</summary>
    Update = 23,

    /// <summary>File name.</summary>
    Attach = 24,

    /// <summary>Database name.</summary>
    Detach = 25,

    /// <summary>Database name, table name.</summary>
    AlterTable = 26,

    /// <summary>Index name.</summary>
    Reindex = 27,

    /// <summary>Table name.</summary>
    Analyze = 28,

    /// <summary>Table name, module name.</summary>
    CreateVirtualTable = 29,

    /// <summary>Table name, module name.</summary>
    DropVirtualTable = 30,

    /// <summary>Nothing, function name.</summary>
    Function = 31,

    /// <summary>Operation, savepoint name.</summary>
    Savepoint = 32,

    /// <summary>No arguments.</summary>
    Recursive = 33,
}

using System.Runtime.InteropServices;
using Shoal.Sqlite.Native;

namespace Shoal.Sqlite.Statements;

/// <summary>The result columns of a prepared statement.</summary>
/// <remarks>Shape: names are UTF-8 spans valid until the statement is finalized or prepared again.</remarks>
public readonly ref struct SqliteColumns
{
    private readonly nint _statement;

    internal SqliteColumns(nint statement)
    {
        _statement = statement;
        Count = NativeMethods.sqlite3_column_count(statement);
    }

    /// <summary>Number of columns; 0 for a statement that returns no rows.</summary>
    public int Count { get; }

    /// <summary>Name of a column, UTF-8. Names may repeat.</summary>
    public unsafe ReadOnlySpan<byte> Name(int index) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(NativeMethods.sqlite3_column_name(_statement, index));
}

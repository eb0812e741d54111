namespace Shoal.Sqlite.Statements;

/// <summary>The result columns of a prepared statement.</summary>
/// <remarks>Shape: names as UTF-8 spans valid until the statement is finalized or prepared again.</remarks>
public readonly ref struct SqliteColumns
{
    internal SqliteColumns(nint statement, int count)
    {
        Statement = statement;
        Count = count;
    }

    internal nint Statement { get; }

    /// <summary>Number of columns; 0 for a statement that returns no rows.</summary>
    public int Count { get; }

    /// <summary>Name of a column, UTF-8. Names may repeat.</summary>
    public ReadOnlySpan<byte> Name(int index) => throw new NotSupportedException();
}

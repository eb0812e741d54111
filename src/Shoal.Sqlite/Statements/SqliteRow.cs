namespace Shoal.Sqlite.Statements;

/// <summary>The row a statement stands on.</summary>
/// <remarks>Shape: spans point into SQLite's memory and are valid until the statement moves on. Cost: no copies.</remarks>
public readonly ref struct SqliteRow
{
    internal SqliteRow(nint statement, int count)
    {
        Statement = statement;
        Count = count;
    }

    internal nint Statement { get; }

    /// <summary>Number of columns.</summary>
    public int Count { get; }

    /// <summary>Storage class of a column's value.</summary>
    public SqliteValueType Type(int index) => throw new NotSupportedException();

    /// <summary>The value of an INTEGER column.</summary>
    public long Integer(int index) => throw new NotSupportedException();

    /// <summary>The value of a REAL column.</summary>
    public double Real(int index) => throw new NotSupportedException();

    /// <summary>The UTF-8 bytes of a TEXT column (perhaps not valid UTF-8).</summary>
    public ReadOnlySpan<byte> Text(int index) => throw new NotSupportedException();

    /// <summary>The bytes of a BLOB column.</summary>
    public ReadOnlySpan<byte> Blob(int index) => throw new NotSupportedException();
}

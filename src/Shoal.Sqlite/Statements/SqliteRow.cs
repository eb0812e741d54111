using Shoal.Sqlite.Native;

namespace Shoal.Sqlite.Statements;

/// <summary>The row a statement stands on.</summary>
/// <remarks>Shape: spans point into SQLite's memory and are valid until the statement moves on. Cost: no copies.</remarks>
public readonly ref struct SqliteRow
{
    private readonly nint _statement;

    internal SqliteRow(nint statement, int count)
    {
        _statement = statement;
        Count = count;
    }

    /// <summary>Number of columns.</summary>
    public int Count { get; }

    /// <summary>Storage class of a column's value.</summary>
    public SqliteValueType Type(int index) => (SqliteValueType)NativeMethods.sqlite3_column_type(_statement, index);

    /// <summary>The value of an INTEGER column.</summary>
    public long Integer(int index) => NativeMethods.sqlite3_column_int64(_statement, index);

    /// <summary>The value of a REAL column.</summary>
    public double Real(int index) => NativeMethods.sqlite3_column_double(_statement, index);

    /// <summary>The UTF-8 bytes of a TEXT column (perhaps not valid UTF-8).</summary>
    public unsafe ReadOnlySpan<byte> Text(int index)
    {
        var bytes = NativeMethods.sqlite3_column_text(_statement, index);
        return new ReadOnlySpan<byte>(bytes, bytes is null ? 0 : NativeMethods.sqlite3_column_bytes(_statement, index));
    }

    /// <summary>The bytes of a BLOB column.</summary>
    public unsafe ReadOnlySpan<byte> Blob(int index)
    {
        var bytes = NativeMethods.sqlite3_column_blob(_statement, index);
        return new ReadOnlySpan<byte>(bytes, bytes is null ? 0 : NativeMethods.sqlite3_column_bytes(_statement, index));
    }
}

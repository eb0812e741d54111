using Shoal.Sqlite.Native;

namespace Shoal.Sqlite.Statements;

/// <summary>One compiled SQL statement.</summary>
/// <remarks>Thread: one at a time, together with its connection. Owns: the native statement, until disposed.</remarks>
public sealed class SqliteStatement : IDisposable
{
    private const int StatusMemory = 99;
    private const int StatusRowsRead = 1025;
    private const int StatusRowsWritten = 1026;
    private const byte EncodingUtf8 = 1;
    private static readonly nint Transient = -1;

    private nint _handle;

    internal SqliteStatement(nint handle)
    {
        _handle = handle;
        ParameterCount = NativeMethods.sqlite3_bind_parameter_count(handle);
        IsReadOnly = NativeMethods.sqlite3_stmt_readonly(handle) != 0;
    }

    /// <summary>Largest parameter number; gaps count.</summary>
    public int ParameterCount { get; }

    /// <summary>Whether the statement makes no direct change to the database file.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Whatever the owner wants to remember of this statement.</summary>
    public int Tag { get; set; }

    /// <summary>Whether this is EXPLAIN or EXPLAIN QUERY PLAN.</summary>
    public bool IsExplain => NativeMethods.sqlite3_stmt_isexplain(_handle) != 0;

    /// <summary>Memory held by the statement. Units: bytes.</summary>
    public int MemoryBytes => NativeMethods.sqlite3_stmt_status(_handle, StatusMemory, 0);

    /// <summary>Result columns; exact after the first <see cref="Step"/>.</summary>
    public SqliteColumns Columns => new(_handle);

    /// <summary>The row the last <see cref="Step"/> stopped at.</summary>
    /// <param name="columnCount">What <see cref="Columns"/> counted.</param>
    public SqliteRow Row(int columnCount) => new(_handle, columnCount);

    /// <summary>Runs to the next row or to the end.</summary>
    public SqliteStatus Step() => new(NativeMethods.sqlite3_step(_handle));

    /// <summary>Back to the start; bindings stay.</summary>
    public void Reset() => _ = NativeMethods.sqlite3_reset(_handle);

    /// <summary>All parameters back to NULL.</summary>
    public void ClearBindings() => _ = NativeMethods.sqlite3_clear_bindings(_handle);

    /// <summary>Rows and index entries scanned since the last call.</summary>
    public long TakeRowsRead() => (uint)NativeMethods.sqlite3_stmt_status(_handle, StatusRowsRead, 1);

    /// <summary>Rows and index entries written since the last call.</summary>
    public long TakeRowsWritten() => (uint)NativeMethods.sqlite3_stmt_status(_handle, StatusRowsWritten, 1);

    /// <summary>Binds NULL. Parameters are numbered from 1.</summary>
    public SqliteStatus BindNull(int index) => new(NativeMethods.sqlite3_bind_null(_handle, index));

    /// <summary>Binds an INTEGER.</summary>
    public SqliteStatus BindInteger(int index, long value) =>
        new(NativeMethods.sqlite3_bind_int64(_handle, index, value));

    /// <summary>Binds a REAL; NaN becomes NULL.</summary>
    public SqliteStatus BindReal(int index, double value) =>
        new(NativeMethods.sqlite3_bind_double(_handle, index, value));

    /// <summary>Binds a copy of UTF-8 text.</summary>
    public unsafe SqliteStatus BindText(int index, ReadOnlySpan<byte> utf8)
    {
        fixed (byte* bytes = utf8)
        {
            byte empty = 0;
            var source = bytes is null ? &empty : bytes;
            return new(NativeMethods.sqlite3_bind_text64(
                _handle, index, source, (ulong)utf8.Length, Transient, EncodingUtf8));
        }
    }

    /// <summary>Binds a copy of bytes.</summary>
    public unsafe SqliteStatus BindBlob(int index, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return new(NativeMethods.sqlite3_bind_zeroblob(_handle, index, 0));
        }

        fixed (byte* source = bytes)
        {
            return new(NativeMethods.sqlite3_bind_blob64(_handle, index, source, (ulong)bytes.Length, Transient));
        }
    }

    /// <summary>Finalizes the statement.</summary>
    public void Dispose()
    {
        if (_handle != 0)
        {
            _ = NativeMethods.sqlite3_finalize(_handle);
            _handle = 0;
        }
    }
}

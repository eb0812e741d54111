using System.Runtime.CompilerServices;

namespace Shoal.Client.Rows;

/// <summary>Rows that were copied out of SQLite in this process, before anybody else may see them.</summary>
/// <remarks>
/// Shape: a cell per value, numbers in it, texts (UTF-8) and blobs one after the other in one array. Thread: filled by one,
/// then read by any. Cost: nothing is allocated per row.
/// </remarks>
internal sealed class StoredRows : IRowSource
{
    private StoredCell[] _cells = [];
    private byte[] _bytes = [];
    private int _cellCount;
    private int _byteCount;

    /// <summary>Rows so far.</summary>
    public int Count { get; private set; }

    /// <summary>Memory that they take.</summary>
    public long Bytes => _byteCount + ((long)_cellCount * Unsafe.SizeOf<StoredCell>());

    public void AddNull() => Add(new StoredCell(SqlValueKind.Null, 0, 0));

    public void AddInteger(long value) => Add(new StoredCell(SqlValueKind.Integer, value, 0));

    public void AddReal(double value) => Add(new StoredCell(SqlValueKind.Real, BitConverter.DoubleToInt64Bits(value), 0));

    public void AddText(ReadOnlySpan<byte> utf8) => AddBytes(SqlValueKind.Text, utf8);

    public void AddBlob(ReadOnlySpan<byte> bytes) => AddBytes(SqlValueKind.Blob, bytes);

    /// <summary>The values since the last call are a row.</summary>
    public void EndRow() => Count++;

    public RowReader Open(IReadOnlyList<string> columns) => new StoredRowReader(this, columns);

    internal ref readonly StoredCell Cell(int index) => ref _cells[index];

    internal ReadOnlySpan<byte> BytesOf(in StoredCell cell) => _bytes.AsSpan((int)cell.Bits, cell.Length);

    private void AddBytes(SqlValueKind kind, ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _byteCount < bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_byteCount + bytes.Length, (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        }

        bytes.CopyTo(_bytes.AsSpan(_byteCount));
        Add(new StoredCell(kind, _byteCount, bytes.Length));
        _byteCount += bytes.Length;
    }

    private void Add(in StoredCell cell)
    {
        if (_cellCount == _cells.Length)
        {
            Array.Resize(ref _cells, Math.Max(4, _cellCount * 2));
        }

        _cells[_cellCount++] = cell;
    }
}

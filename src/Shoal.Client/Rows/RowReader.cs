using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Shoal.Client.Rows;

/// <summary>The current row of a result. Values are decoded when they are asked for.</summary>
/// <remarks>
/// Thread: not safe, and valid only inside of the call that gets it. Errors: <see cref="InvalidCastException"/> names column
/// and type where a value is not what was asked for. Cost: numbers allocate nothing.
/// </remarks>
public sealed class RowReader
{
    private readonly ReadOnlyMemory<byte> _rows;
    private Cell[] _cells;

    internal RowReader(ReadOnlyMemory<byte> rows, IReadOnlyList<string> columns)
    {
        _rows = rows;
        Columns = columns;
        _cells = new Cell[Math.Max(columns.Count, 1)];
    }

    /// <summary>Names of the columns, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Values in this row.</summary>
    public int Count { get; private set; }

    internal void Begin() => Count = 0;

    internal void Add(in Cell cell)
    {
        if (Count == _cells.Length)
        {
            Array.Resize(ref _cells, Count * 2);
        }

        _cells[Count++] = cell;
    }

    /// <summary>Where the column with this name stands; upper and lower case are the same.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public int Ordinal(string column)
    {
        for (var index = 0; index < Columns.Count; index++)
        {
            if (string.Equals(Columns[index], column, StringComparison.OrdinalIgnoreCase))
            {
                return index;
            }
        }

        throw new ArgumentException($"the result has no column '{column}'; it has {string.Join(", ", Columns)}", nameof(column));
    }

    /// <summary>Whether the value is NULL.</summary>
    public bool IsNull(int column) => At(column).Token == JsonTokenType.Null;

    /// <summary>An integer; also a real without a fraction, as D1 sends large integers.</summary>
    public long GetInt64(int column)
    {
        var cell = At(column);
        var bytes = Bytes(cell);
        if (cell.Token == JsonTokenType.Number)
        {
            if (Utf8Parser.TryParse(bytes, out long value, out var used) && used == bytes.Length)
            {
                return value;
            }

            if (Utf8Parser.TryParse(bytes, out double real, out _) && Math.Truncate(real) == real && Math.Abs(real) < 9.2e18)
            {
                return (long)real;
            }
        }

        throw Wrong(column, cell, "an integer");
    }

    /// <summary>An integer of 32 bits.</summary>
    public int GetInt32(int column)
    {
        var value = GetInt64(column);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Wrong(column, At(column), "a 32-bit integer");
    }

    /// <summary>A number.</summary>
    public double GetDouble(int column)
    {
        var cell = At(column);
        return cell.Token == JsonTokenType.Number && Utf8Parser.TryParse(Bytes(cell), out double value, out _)
            ? value : throw Wrong(column, cell, "a number");
    }

    /// <summary>A number other than zero is true.</summary>
    public bool GetBoolean(int column) => GetDouble(column) != 0;

    /// <summary>A text; a number as its digits.</summary>
    public string GetString(int column)
    {
        var cell = At(column);
        return cell.Token switch
        {
            JsonTokenType.String when cell.IsEscaped => Unescaped(cell),
            JsonTokenType.String or JsonTokenType.Number => Encoding.UTF8.GetString(Bytes(cell)),
            _ => throw Wrong(column, cell, "a text"),
        };
    }

    /// <summary>Bytes.</summary>
    public byte[] GetBlob(int column)
    {
        var cell = At(column);
        if (cell.Token != JsonTokenType.StartArray)
        {
            throw Wrong(column, cell, "a blob");
        }

        var bytes = new List<byte>(cell.Length / 3);
        var reader = new Utf8JsonReader(Bytes(cell));
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            bytes.Add(reader.GetByte());
        }

        return [.. bytes];
    }

    /// <summary>A decimal, from a number or from a text.</summary>
    public decimal GetDecimal(int column) =>
        decimal.TryParse(GetString(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value : throw Wrong(column, At(column), "a decimal");

    /// <summary>A GUID, from a text or from 16 bytes.</summary>
    public Guid GetGuid(int column)
    {
        var cell = At(column);
        if (cell.Token == JsonTokenType.StartArray && GetBlob(column) is { Length: 16 } bytes)
        {
            return new Guid(bytes);
        }

        return Guid.TryParse(GetString(column), out var value) ? value : throw Wrong(column, cell, "a GUID");
    }

    /// <summary>An instant from a text; without an offset it is taken as UTC, as SQLite's functions give it.</summary>
    public DateTimeOffset GetDateTimeOffset(int column) =>
        DateTimeOffset.TryParse(GetString(column), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value)
            ? value : throw Wrong(column, At(column), "a date and time");

    /// <summary>Null, a <see cref="long"/>, a <see cref="double"/>, a <see cref="string"/> or a <c>byte[]</c>.</summary>
    public object? GetValue(int column)
    {
        var cell = At(column);
        switch (cell.Token)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.Number:
                var bytes = Bytes(cell);
                return Utf8Parser.TryParse(bytes, out long integer, out var used) && used == bytes.Length
                    ? (object)integer : GetDouble(column);
            case JsonTokenType.StartArray:
                return GetBlob(column);
            default:
                return GetString(column);
        }
    }

    private Cell At(int column) => (uint)column < (uint)Count
        ? _cells[column]
        : throw new ArgumentOutOfRangeException(nameof(column), column, $"the row has {Count} columns");

    private ReadOnlySpan<byte> Bytes(in Cell cell) => _rows.Span.Slice(cell.Start, cell.Length);

    private string Unescaped(in Cell cell)
    {
        var reader = new Utf8JsonReader(_rows.Span.Slice(cell.Start - 1, cell.Length + 2));
        reader.Read();
        return reader.GetString()!;
    }

    private InvalidCastException Wrong(int column, in Cell cell, string wanted)
    {
        var found = cell.Token switch
        {
            JsonTokenType.Null => "NULL",
            JsonTokenType.Number => "a number",
            JsonTokenType.String => "a text",
            JsonTokenType.StartArray => "a blob",
            _ => "something else",
        };
        var name = column < Columns.Count ? Columns[column] : "";
        return new InvalidCastException($"column {column} ('{name}') is {found}, not {wanted}");
    }
}

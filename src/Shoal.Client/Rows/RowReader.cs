using System.Globalization;

namespace Shoal.Client.Rows;

/// <summary>The current row of a result. Values are decoded when they are asked for.</summary>
/// <remarks>
/// Thread: not safe, and valid only inside of the call that gets it. Errors: <see cref="InvalidCastException"/> names column
/// and type where a value is not what was asked for. Cost: numbers allocate nothing.
/// </remarks>
public abstract class RowReader
{
    private protected RowReader(IReadOnlyList<string> columns) => Columns = columns;

    /// <summary>Names of the columns, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Values in this row.</summary>
    public int Count { get; private protected set; }

    /// <summary>Goes to the next row; false after the last.</summary>
    internal abstract bool MoveNext();

    /// <summary>Which of SQLite's types a value has.</summary>
    internal abstract SqlValueKind KindOf(int column);

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
    public bool IsNull(int column) => KindOf(column) == SqlValueKind.Null;

    /// <summary>An integer; also a real without a fraction, as D1 sends large integers.</summary>
    public long GetInt64(int column)
    {
        switch (KindOf(column))
        {
            case SqlValueKind.Integer:
                return Integer(column);
            case SqlValueKind.Real when Real(column) is var real && Math.Truncate(real) == real && Math.Abs(real) < 9.2e18:
                return (long)real;
            default:
                throw Wrong(column, "an integer");
        }
    }

    /// <summary>An integer of 32 bits.</summary>
    public int GetInt32(int column)
    {
        var value = GetInt64(column);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Wrong(column, "a 32-bit integer");
    }

    /// <summary>A number.</summary>
    public double GetDouble(int column) => KindOf(column) switch
    {
        SqlValueKind.Real => Real(column),
        SqlValueKind.Integer => Integer(column),
        _ => throw Wrong(column, "a number"),
    };

    /// <summary>A number other than zero is true.</summary>
    public bool GetBoolean(int column) => GetDouble(column) != 0;

    /// <summary>A text; a number as its digits.</summary>
    public abstract string GetString(int column);

    /// <summary>Bytes.</summary>
    public byte[] GetBlob(int column) => KindOf(column) == SqlValueKind.Blob ? Blob(column) : throw Wrong(column, "a blob");

    /// <summary>A decimal, from a number or from a text.</summary>
    public decimal GetDecimal(int column) =>
        decimal.TryParse(GetString(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value : throw Wrong(column, "a decimal");

    /// <summary>A GUID, from a text or from 16 bytes.</summary>
    public Guid GetGuid(int column)
    {
        if (KindOf(column) == SqlValueKind.Blob && Blob(column) is { Length: 16 } bytes)
        {
            return new Guid(bytes);
        }

        return Guid.TryParse(GetString(column), out var value) ? value : throw Wrong(column, "a GUID");
    }

    /// <summary>An instant from a text; without an offset it is taken as UTC, as SQLite's functions give it.</summary>
    public DateTimeOffset GetDateTimeOffset(int column) =>
        DateTimeOffset.TryParse(GetString(column), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value)
            ? value : throw Wrong(column, "a date and time");

    /// <summary>Null, a <see cref="long"/>, a <see cref="double"/>, a <see cref="string"/> or a <c>byte[]</c>.</summary>
    public object? GetValue(int column) => KindOf(column) switch
    {
        SqlValueKind.Null => null,
        SqlValueKind.Integer => Integer(column),
        SqlValueKind.Real => Real(column),
        SqlValueKind.Text => GetString(column),
        SqlValueKind.Blob => Blob(column),
    };

    private protected abstract long Integer(int column);

    private protected abstract double Real(int column);

    private protected abstract byte[] Blob(int column);

    private protected ArgumentOutOfRangeException NoColumn(int column) =>
        new(nameof(column), column, $"the row has {Count} columns");

    private protected InvalidCastException Wrong(int column, string wanted)
    {
        var found = KindOf(column) switch
        {
            SqlValueKind.Null => "NULL",
            SqlValueKind.Integer or SqlValueKind.Real => "a number",
            SqlValueKind.Text => "a text",
            SqlValueKind.Blob => "a blob",
        };
        var name = column < Columns.Count ? Columns[column] : "";
        return new InvalidCastException($"column {column} ('{name}') is {found}, not {wanted}");
    }
}

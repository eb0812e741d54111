using System.Globalization;
using Shoal.Client.Rows;

namespace Shoal.Client.Ado;

/// <summary>Reads a column as the type that is asked for.</summary>
internal static class ColumnValue
{
    /// <summary>A time from a text: in UTC when the text says so or has an offset, otherwise of unspecified kind.</summary>
    public static DateTime DateTime(RowReader row, int column)
    {
        var text = row.GetString(column);
        return System.DateTime.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.RoundtripKind | DateTimeStyles.AllowWhiteSpaces, out var value)
            ? value.Kind == DateTimeKind.Local ? value.ToUniversalTime() : value
            : throw Wrong(row, column, "a date and time");
    }

    /// <summary>A character: a text of one.</summary>
    public static char Char(RowReader row, int column) =>
        row.GetString(column) is [var only] ? only : throw Wrong(row, column, "one character");

    /// <summary>The value as a type; null and <see cref="DBNull"/> have been dealt with.</summary>
    /// <exception cref="InvalidCastException">The value is no such thing.</exception>
    public static object As(RowReader row, int column, Type type)
    {
        if (type.IsEnum)
        {
            return row.KindOf(column) == SqlValueKind.Text
                ? Enum.TryParse(type, row.GetString(column), ignoreCase: true, out var named) ? named
                    : throw Wrong(row, column, $"a {type.Name}")
                : Enum.ToObject(type, row.GetInt64(column));
        }

        return System.Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => row.GetBoolean(column),
            TypeCode.Char => Char(row, column),
            TypeCode.SByte => checked((sbyte)row.GetInt64(column)),
            TypeCode.Byte => checked((byte)row.GetInt64(column)),
            TypeCode.Int16 => checked((short)row.GetInt64(column)),
            TypeCode.UInt16 => checked((ushort)row.GetInt64(column)),
            TypeCode.Int32 => row.GetInt32(column),
            TypeCode.UInt32 => checked((uint)row.GetInt64(column)),
            TypeCode.Int64 => row.GetInt64(column),
            TypeCode.UInt64 => checked((ulong)row.GetInt64(column)),
            TypeCode.Single => (float)row.GetDouble(column),
            TypeCode.Double => row.GetDouble(column),
            TypeCode.Decimal => row.GetDecimal(column),
            TypeCode.DateTime => DateTime(row, column),
            TypeCode.String => row.GetString(column),
            _ => Other(row, column, type),
        };
    }

    private static object Other(RowReader row, int column, Type type)
    {
        if (type == typeof(Guid))
        {
            return row.GetGuid(column);
        }

        if (type == typeof(DateTimeOffset))
        {
            return row.GetDateTimeOffset(column);
        }

        if (type == typeof(DateOnly))
        {
            return DateOnly.FromDateTime(DateTime(row, column));
        }

        if (type == typeof(TimeOnly))
        {
            return TimeOnly.TryParse(row.GetString(column), CultureInfo.InvariantCulture, out var time) ? time
                : throw Wrong(row, column, "a time");
        }

        if (type == typeof(TimeSpan))
        {
            return TimeSpan.TryParse(row.GetString(column), CultureInfo.InvariantCulture, out var span) ? span
                : throw Wrong(row, column, "a time span");
        }

        if (type == typeof(byte[]))
        {
            return row.GetBlob(column);
        }

        if (type == typeof(Stream))
        {
            return new MemoryStream(row.GetBlob(column), writable: false);
        }

        if (type == typeof(TextReader))
        {
            return new StringReader(row.GetString(column));
        }

        return row.GetValue(column) is { } value && type.IsInstanceOfType(value) ? value : throw Wrong(row, column, $"a {type.Name}");
    }

    private static InvalidCastException Wrong(RowReader row, int column, string wanted) =>
        new($"column {column} ('{row.Columns[column]}') is not {wanted}");
}

using System.Globalization;

namespace Shoal.Client;

/// <summary>Turns a value of .NET into one of SQLite's five types. The one place that does.</summary>
internal static class ClrValue
{
    /// <param name="value">Of a parameter, or of another database's column.</param>
    /// <param name="what">Whose value it is, for the error.</param>
    /// <exception cref="NotSupportedException">No column holds such a value.</exception>
    public static SqlValue Of(object? value, string what) => value switch
    {
        null or DBNull => SqlValue.Null,
        SqlValue same => same,
        string text => text,
        bool flag => flag,
        long number => number,
        int number => number,
        short number => (long)number,
        byte number => (long)number,
        sbyte number => (long)number,
        ushort number => (long)number,
        uint number => (long)number,
        ulong number => number <= long.MaxValue ? (long)number
            : throw new OverflowException($"{what}: {number} is more than 64-bit signed integers hold"),
        double real => real,
        float real => (double)real,
        decimal exact => exact.ToString(CultureInfo.InvariantCulture),
        byte[] bytes => bytes,
        ReadOnlyMemory<byte> bytes => bytes.ToArray(),
        Memory<byte> bytes => bytes.ToArray(),
        char letter => letter.ToString(),
        Guid id => id,
        DateTimeOffset instant => instant,
        DateTime time => (time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time).ToString("O", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("O", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("O", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        Enum constant => Convert.ToInt64(constant, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"{what}: a {value.GetType()} fits no column; "
            + "pass a number, a text, a byte[], a date or a GUID"),
    };
}

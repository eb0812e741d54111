using System.Globalization;
using System.Text;
using Shoal.Client;

namespace Shoal.Sync.Values;

/// <summary>Turns the text that PostgreSQL prints into the value that is stored.</summary>
/// <remarks>
/// Both the stream and the copies give text in the same session settings, so a value is stored alike by whichever way it came.
/// Errors: <see cref="FormatException"/> and <see cref="OverflowException"/> for what the form can not hold.
/// </remarks>
internal static class ValueConverter
{
    private const long MicrosecondsPerDay = 86_400_000_000;
    private const int FractionDigits = 6;

    public static SqlValue Convert(string? text, ValueRule type) => text is null ? SqlValue.Null : type.Form switch
    {
        ValueForm.Text => text,
        ValueForm.Integer => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
        ValueForm.Real => Real(text),
        ValueForm.Boolean => text is "t" or "true" ? 1 : 0,
        ValueForm.Bytes => Bytes(text),
        ValueForm.Money => Money(text),
        ValueForm.Timestamp => Timestamp(text, utc: false),
        ValueForm.TimestampUtc => Timestamp(text, utc: true),
        ValueForm.UnixSeconds => Scaled(Microseconds(text), 1_000_000),
        ValueForm.UnixMilliseconds => Scaled(Microseconds(text), 1_000),
        ValueForm.UnixMicroseconds => Microseconds(text),
        ValueForm.Days => Days(text),
        ValueForm.ScaledInteger => ScaledInteger(text, type.Scale),
        ValueForm.Array => ArrayText.ToJson(text, type.Element!, type.Delimiter),
    };

    /// <summary>NaN has no place in SQLite and is NULL, as SQLite makes it.</summary>
    public static double Real(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static byte[] Bytes(string text) => text.StartsWith("\\x", StringComparison.Ordinal)
        ? System.Convert.FromHexString(text.AsSpan(2)) : throw new FormatException("bytea is not in hexadecimal form");

    /// <summary><c>-$1,234.50</c> as <c>-1234.50</c>.</summary>
    private static string Money(string text)
    {
        var digits = new StringBuilder(text.Length);
        foreach (var one in text)
        {
            if (char.IsAsciiDigit(one) || one is '.' or '-')
            {
                digits.Append(one);
            }
        }

        return digits.ToString();
    }

    /// <summary>ISO 8601 with six digits after the second, so that texts sort as times do.</summary>
    private static string Timestamp(string text, bool utc)
    {
        // Infinity and dates before Christ stay as PostgreSQL prints them.
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || text.EndsWith("BC", StringComparison.Ordinal))
        {
            return text;
        }

        var clock = text.AsSpan(space + 1);
        if (utc)
        {
            clock = clock.EndsWith("+00") ? clock[..^3] : throw new FormatException("the session is not in UTC");
        }

        var point = clock.IndexOf('.');
        var whole = point < 0 ? clock.Length : point;
        return string.Create(space + 1 + whole + 1 + Math.Max(FractionDigits, clock.Length - whole - 1) + (utc ? 1 : 0),
            (text, space, whole, length: clock.Length, utc), static (made, from) =>
        {
            var time = from.text.AsSpan(from.space + 1, from.length);
            from.text.AsSpan(0, from.space).CopyTo(made);
            made[from.space] = 'T';
            made = made[(from.space + 1)..];
            time[..from.whole].CopyTo(made);
            made[from.whole..].Fill('0');
            made[from.whole] = '.';
            if (from.whole < time.Length)
            {
                time[(from.whole + 1)..].CopyTo(made[(from.whole + 1)..]);
            }

            if (from.utc)
            {
                made[^1] = 'Z';
            }
        });
    }

    /// <summary>Microseconds since 1970; the ends of the range for infinity.</summary>
    private static long Microseconds(string text)
    {
        switch (text)
        {
            case "infinity":
                return long.MaxValue;
            case "-infinity":
                return long.MinValue;
        }

        var before = text.EndsWith(" BC", StringComparison.Ordinal);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var clock = text.AsSpan(space + 1);
        var end = clock.IndexOfAny('+', ' ');
        clock = end < 0 ? clock : clock[..end];
        var fraction = 0L;
        if (clock.Length > 8)
        {
            fraction = long.Parse(clock[9..].ToString().PadRight(6, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
        }

        var seconds = (Part(clock[..2]) * 3600) + (Part(clock[3..5]) * 60) + Part(clock[6..8]);
        return checked((DaysOf(text.AsSpan(0, space), before) * MicrosecondsPerDay) + (seconds * 1_000_000) + fraction);
    }

    private static long Scaled(long microseconds, long divisor) => microseconds is long.MaxValue or long.MinValue
        ? microseconds : (long)Math.Floor((decimal)microseconds / divisor);

    private static long Days(string text) => text switch
    {
        "infinity" => long.MaxValue,
        "-infinity" => long.MinValue,
        _ when text.EndsWith(" BC", StringComparison.Ordinal) => DaysOf(text.AsSpan(0, text.Length - 3), before: true),
        _ => DaysOf(text, before: false),
    };

    /// <summary>Days since 1970 in the proleptic Gregorian calendar, of any year: <see cref="DateOnly"/> ends at 9999.</summary>
    private static long DaysOf(ReadOnlySpan<char> date, bool before)
    {
        var first = date.IndexOf('-');
        var year = Part(date[..first]);
        year = before ? 1 - year : year;
        var month = Part(date[(first + 1)..(first + 3)]);
        var day = Part(date[(first + 4)..]);
        year -= month <= 2 ? 1 : 0;
        var era = (year >= 0 ? year : year - 399) / 400;
        var yearOfEra = year - (era * 400);
        var dayOfYear = (((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5) + day - 1;
        return (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }

    private static long Part(ReadOnlySpan<char> digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    private static long ScaledInteger(string text, int scale)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? "" : text[(point + 1)..];
        if (fraction.Length > scale && fraction.AsSpan(scale).ContainsAnyExcept('0'))
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"the number has more than {scale} digits after its point"));
        }

        var digits = whole + fraction.PadRight(scale, '0')[..scale];
        return long.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }
}

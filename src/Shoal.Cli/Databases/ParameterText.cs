using System.Globalization;
using Shoal.Engine.Requests;

namespace Shoal.Cli.Databases;

/// <summary>The value that a <c>--param</c> stands for.</summary>
/// <remarks>
/// A number written the way SQLite would print it is a number and <c>null</c> is NULL; everything else is text, also
/// <c>007</c> and <c>+1</c>. A prefix settles what is meant: <c>text:42</c>, <c>int:42</c>, <c>real:42</c>, <c>blob:2a</c>.
/// </remarks>
internal static class ParameterText
{
    public static SqlValue Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var rest = text[(colon + 1)..];
        switch (colon < 0 ? "" : text[..colon])
        {
            case "text":
                return SqlValue.Text(rest);
            case "int" when long.TryParse(rest, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer):
                return SqlValue.Integer(integer);
            case "real" when TryReal(rest, out var real):
                return SqlValue.Real(real);
            case "blob" when TryHex(rest, out var bytes):
                return SqlValue.Blob(bytes);
            case "int" or "real" or "blob":
                throw CliException.Usage($"--param {text}: \"{rest}\" is not what the prefix says",
                    "write int:42, real:4.2, blob:2a00ff (hexadecimal), or text:… for text that starts like this");
            default:
                return ParseBare(text);
        }
    }

    private static SqlValue ParseBare(string text)
    {
        if (text == "null")
        {
            return SqlValue.Null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
            && integer.ToString(CultureInfo.InvariantCulture) == text)
        {
            return SqlValue.Integer(integer);
        }

        var looksReal = text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] == '-') && text.Contains('.', StringComparison.Ordinal)
            && !text.TrimStart('-').StartsWith("00", StringComparison.Ordinal);
        return looksReal && TryReal(text, out var real) ? SqlValue.Real(real) : SqlValue.Text(text);
    }

    private static bool TryReal(string text, out double real) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out real) && double.IsFinite(real);

    private static bool TryHex(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length % 2 != 0 || !text.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        bytes = Convert.FromHexString(text);
        return true;
    }
}

using System.Globalization;

namespace Shoal.Sync.Values;

/// <summary>Chooses the rule for a column from PostgreSQL's type and the user's option.</summary>
/// <remarks>docs/reference/sync.md has the table.</remarks>
internal static class TypeMap
{
    /// <param name="type">The base type's name in <c>pg_type</c>; of an array the element's.</param>
    /// <param name="isArray">Whether it is an array of that type.</param>
    /// <param name="delimiter">Between the elements of an array.</param>
    /// <param name="option">What the configuration says, or null.</param>
    /// <returns>Null when the option does not fit the type.</returns>
    public static ValueRule? Of(string type, bool isArray, char delimiter, string? option)
    {
        if (isArray)
        {
            return option switch
            {
                null => new ValueRule(ValueForm.Array, Element: Default(type), Delimiter: delimiter),
                "pgText" => new ValueRule(ValueForm.Text),
                _ => null,
            };
        }

        if (option is null)
        {
            return Default(type);
        }

        if (option.StartsWith("integerScaled:", StringComparison.Ordinal) && type == "numeric")
        {
            return int.TryParse(option.AsSpan("integerScaled:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var scale)
                && scale <= 18 ? new ValueRule(ValueForm.ScaledInteger, scale) : null;
        }

        return (option, type) switch
        {
            ("real", "numeric" or "int2" or "int4" or "int8") => new ValueRule(ValueForm.Real),
            ("unixSec", "timestamptz" or "timestamp") => new ValueRule(ValueForm.UnixSeconds),
            ("unixMs", "timestamptz" or "timestamp") => new ValueRule(ValueForm.UnixMilliseconds),
            ("unixUs", "timestamptz" or "timestamp") => new ValueRule(ValueForm.UnixMicroseconds),
            ("days", "date") => new ValueRule(ValueForm.Days),
            ("pgText", _) => new ValueRule(ValueForm.Text),
            _ => null,
        };
    }

    private static ValueRule Default(string type) => new(type switch
    {
        "int2" or "int4" or "int8" or "oid" => ValueForm.Integer,
        "float4" or "float8" => ValueForm.Real,
        "bool" => ValueForm.Boolean,
        "bytea" => ValueForm.Bytes,
        "money" => ValueForm.Money,
        "timestamp" => ValueForm.Timestamp,
        "timestamptz" => ValueForm.TimestampUtc,
        _ => ValueForm.Text,
    });
}

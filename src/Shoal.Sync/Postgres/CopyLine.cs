using System.Text;

namespace Shoal.Sync.Postgres;

/// <summary>Takes a line of COPY's text format apart.</summary>
internal static class CopyLine
{
    /// <param name="line">Without its end.</param>
    /// <param name="fields">As many as the query has columns; null for NULL.</param>
    /// <exception cref="FormatException">The line has another number of fields.</exception>
    public static void Split(string line, string?[] fields)
    {
        var from = 0;
        for (var index = 0; index < fields.Length; index++)
        {
            if (from > line.Length)
            {
                throw new FormatException("a line of COPY has too few fields");
            }

            var tab = line.IndexOf('\t', from);
            var end = tab < 0 ? line.Length : tab;
            var field = line.AsSpan(from, end - from);
            fields[index] = field.SequenceEqual("\\N") ? null : field.Contains('\\') ? Unescaped(field) : field.ToString();
            from = end + 1;
        }

        if (from <= line.Length)
        {
            throw new FormatException("a line of COPY has too many fields");
        }
    }

    private static string Unescaped(ReadOnlySpan<char> field)
    {
        var text = new StringBuilder(field.Length);
        for (var index = 0; index < field.Length; index++)
        {
            text.Append(field[index] != '\\' ? field[index] : field[++index] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\v',
                var other => other,
            });
        }

        return text.ToString();
    }
}

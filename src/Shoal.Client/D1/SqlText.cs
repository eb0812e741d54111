namespace Shoal.Client.D1;

/// <summary>What can be told of SQL without compiling it.</summary>
internal static class SqlText
{
    private static readonly string[] ReadingWords = ["SELECT", "VALUES", "EXPLAIN"];

    /// <summary>
    /// Whether a text is one statement that certainly only reads. Everything unsure counts as writing: WITH may go before
    /// INSERT, and a semicolon before the end may be followed by anything.
    /// </summary>
    public static bool IsCertainlyReading(string sql)
    {
        var text = sql.AsSpan().Trim();
        if (text.EndsWith(";", StringComparison.Ordinal))
        {
            text = text[..^1];
        }

        if (text.Contains(';'))
        {
            return false;
        }

        foreach (var word in ReadingWords)
        {
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                && (text.Length == word.Length || !char.IsAsciiLetterOrDigit(text[word.Length]) && text[word.Length] != '_'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A name in double quotes, whatever it contains.</summary>
    public static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}

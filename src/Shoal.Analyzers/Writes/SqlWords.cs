using System;
using System.Text.RegularExpressions;

namespace Shoal.Analyzers.Writes;

/// <summary>Reads from an SQL text what it writes.</summary>
internal static class SqlWords
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private static readonly Regex FirstWord =
        new(@"^(\s|\(|--[^\n]*\n|/\*.*?\*/)*(?<word>[a-z]+)", Options | RegexOptions.Singleline, Timeout);

    private static readonly Regex WritingWord = new(@"\b(insert|update|delete|replace|merge)\b", Options, Timeout);

    /// <summary>Rows in one parameter, or rows of another table.</summary>
    private static readonly Regex RowsOfSet = new(@"\b(json_each|json_to_recordset|openjson|unnest)\s*\(|\bselect\b.*\bfrom\b",
        Options | RegexOptions.Singleline, Timeout);

    /// <summary>A second row of VALUES.</summary>
    private static readonly Regex SecondRow = new(@"\bvalues\s*\([^()]*(\([^()]*\)[^()]*)*\)\s*,\s*\(", Options, Timeout);

    public static SqlEffect Effect(string sql)
    {
        try
        {
            var word = FirstWord.Match(sql).Groups["word"].Value.ToUpperInvariant();
            return word switch
            {
                "INSERT" or "REPLACE" => RowsOfSet.IsMatch(sql) || SecondRow.IsMatch(sql) ? SqlEffect.ManyRows : SqlEffect.OneRow,
                "UPDATE" or "DELETE" or "MERGE" => SqlEffect.OneRow,
                "WITH" => !WritingWord.IsMatch(sql) ? SqlEffect.NoRows
                    : RowsOfSet.IsMatch(sql) ? SqlEffect.ManyRows : SqlEffect.OneRow,
                "" => SqlEffect.Unknown,
                "CALL" or "EXEC" or "EXECUTE" => SqlEffect.Unknown,
                _ => SqlEffect.NoRows,
            };
        }
        catch (RegexMatchTimeoutException)
        {
            // A text of that sort is nothing to make claims about.
            return SqlEffect.ManyRows;
        }
    }
}

using System.Text;
using Shoal.Engine.Databases;
using Shoal.Engine.Usage;

namespace Shoal.Engine.Insights;

/// <summary>A word, name or sign of an SQL text.</summary>
/// <param name="Text">The text, quotes included.</param>
internal readonly record struct StatementToken(string Text)
{
    /// <summary>Cuts a text into tokens.</summary>
    public static List<StatementToken> Read(string sql)
    {
        var text = Encoding.UTF8.GetBytes(sql).AsSpan();
        var tokens = new List<StatementToken>();
        while (true)
        {
            text = text[SqlText.SkipBlank(text)..];
            if (text.IsEmpty)
            {
                return tokens;
            }

            var length = StatementShortener.TokenLength(text);
            tokens.Add(new StatementToken(Encoding.UTF8.GetString(text[..length])));
            text = text[length..];
        }
    }

    /// <summary>The name without its quotes; null when it cannot be a name.</summary>
    public string? Name => Text switch
    {
        ['"', .., '"'] or ['`', .., '`'] or ['[', .., ']'] => Text[1..^1],
        [var first, ..] when char.IsAsciiLetter(first) || first is '_' or >= '\u0080' => Text,
        _ => null,
    };

    public bool Is(string word) => Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool IsAny(params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (Is(word))
            {
                return true;
            }
        }

        return false;
    }
}

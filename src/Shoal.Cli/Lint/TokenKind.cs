namespace Shoal.Cli.Lint;

/// <summary>What a piece of source is, as far as finding writes in loops needs it.</summary>
internal enum TokenKind : byte
{
    Word,
    Number,

    /// <summary>A string, a template, a character or a regular expression, with its quotes.</summary>
    Text,
    Symbol,
}

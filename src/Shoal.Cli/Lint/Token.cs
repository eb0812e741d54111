namespace Shoal.Cli.Lint;

/// <summary>A piece of source.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Its first character.</param>
/// <param name="Length">In characters.</param>
/// <param name="HasCalls">Whether it is a template with a call in one of its holes.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int Length, bool HasCalls = false);

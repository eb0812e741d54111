using System.Text.Json;

namespace Shoal.Client.Rows;

/// <summary>Where a value of the current row stands in the reply.</summary>
/// <param name="Token">What kind of JSON it is.</param>
/// <param name="Start">Of its first byte; of a text, after the quote.</param>
/// <param name="Length">In bytes; of a text, without the quotes.</param>
/// <param name="IsEscaped">Whether a text has escapes.</param>
internal readonly record struct Cell(JsonTokenType Token, int Start, int Length, bool IsEscaped);

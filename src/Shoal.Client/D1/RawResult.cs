namespace Shoal.Client.D1;

/// <summary>Columns and values as they are.</summary>
/// <param name="Columns">Names, in order; they may repeat.</param>
/// <param name="Rows">Each value null, a <see cref="long"/>, a <see cref="double"/>, a <see cref="string"/> or a <c>byte[]</c>.</param>
/// <param name="Meta">What the statement did and cost.</param>
public sealed record RawResult(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, StatementMeta Meta);

namespace Shoal.Items.Expressions;

/// <summary>One clause of an update.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Path">Where.</param>
/// <param name="Value">With what; null for a removal.</param>
internal sealed record UpdateClause(UpdateClauseKind Kind, DocumentPath Path, ExpressionNode? Value);

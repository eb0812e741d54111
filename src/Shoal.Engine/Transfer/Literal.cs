namespace Shoal.Engine.Transfer;

/// <summary>A literal of an SQL text: its value, or where in the text the value stands.</summary>
internal readonly record struct Literal(LiteralKind Kind, long Integer, double Real, int Start, int Length);

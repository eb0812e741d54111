namespace Shoal.Engine.Requests;

/// <summary>Where a statement stands in its request.</summary>
/// <param name="Item">Index of the batch item, from 0.</param>
/// <param name="Statement">Index of the statement inside the item's SQL text, from 0.</param>
public readonly record struct StatementPosition(int Item, int Statement);

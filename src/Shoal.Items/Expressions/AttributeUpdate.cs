using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>An entry of <c>AttributeUpdates</c>.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Value">With what; null for the removal of a whole attribute.</param>
internal sealed record AttributeUpdate(AttributeUpdateAction Action, AttributeValue? Value);

using Shoal.Items.Values;

namespace Shoal.Items;

/// <summary>What became of one action of a cancelled transaction.</summary>
/// <param name="Code"><c>None</c>, <c>ConditionalCheckFailed</c> or <c>ValidationError</c>.</param>
/// <param name="Message">Why; null for <c>None</c>.</param>
/// <param name="Item">The item as it is, where the action asked for it.</param>
public sealed record CancellationReason(string Code, string? Message, Item? Item = null)
{
    /// <summary>The action would have been applied.</summary>
    public static CancellationReason None { get; } = new("None", Message: null);
}

using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>A number at a time.</summary>
/// <param name="At">When, to the millisecond.</param>
/// <param name="Value">What, exactly.</param>
public readonly record struct TimePoint(DateTimeOffset At, ItemNumber Value);

using Shoal.Sync.Values;

namespace Shoal.Sync.Plan;

/// <summary>A column of a destination.</summary>
internal sealed record ColumnPlan(string Name, ValueRule Type, bool IsKey);

namespace Shoal.Sync.State;

/// <summary>A row of a copy that can not be stored as the plan says.</summary>
/// <param name="Table">The destination.</param>
/// <param name="Key">Its key, joined by commas.</param>
/// <param name="Error">Why.</param>
internal sealed record DeadRow(string Table, string Key, string Error);

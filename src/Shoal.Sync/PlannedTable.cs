namespace Shoal.Sync;

/// <summary>What becomes of one table.</summary>
/// <param name="Table">In PostgreSQL.</param>
/// <param name="Route">How its rows find their tenant.</param>
/// <param name="Query">What a copy reads; the last column is the tenant.</param>
/// <param name="Create">What is run at every tenant.</param>
public sealed record PlannedTable(string Table, string Route, string Query, IReadOnlyList<string> Create);

namespace Shoal.Sync.Verification;

/// <summary>What a comparison of one table of one tenant has found.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Table">The destination.</param>
/// <param name="Rows">Rows in PostgreSQL.</param>
/// <param name="Drifted">Rows that are missing, too many or different, and stayed so.</param>
/// <param name="Repaired">Of them, rows that were put right.</param>
public sealed record TableComparison(string Tenant, string Table, long Rows, int Drifted, int Repaired);

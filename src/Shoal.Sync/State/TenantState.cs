using Shoal.Sync.Postgres;

namespace Shoal.Sync.State;

/// <summary>What a tenant's database says about itself.</summary>
/// <param name="AppliedLsn">Transactions up to here are in it.</param>
/// <param name="Snapshot">What its copy has seen, or null.</param>
/// <param name="SchemaHash">Which plan made its tables.</param>
/// <param name="IsCopied">Whether a copy has ever ended.</param>
internal sealed record TenantState(ulong AppliedLsn, SourceSnapshot? Snapshot, string SchemaHash, bool IsCopied)
{
    /// <summary>Whether it has what a transaction did.</summary>
    public bool Has(uint xid, ulong commitLsn) => commitLsn <= AppliedLsn || Snapshot?.Sees(xid, commitLsn) == true;
}

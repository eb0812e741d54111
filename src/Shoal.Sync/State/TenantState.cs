using Shoal.Sync.Postgres;

namespace Shoal.Sync.State;

/// <summary>What a tenant's database says about itself.</summary>
/// <param name="Position">The last transaction that is in it; after a copy a negative number that no other copy has.</param>
/// <param name="Snapshot">What its copy has seen, or null.</param>
/// <param name="SchemaHash">Which plan made its tables.</param>
/// <param name="IsCopied">Whether a copy has ever ended.</param>
internal sealed record TenantState(long Position, SourceSnapshot? Snapshot, string SchemaHash, bool IsCopied)
{
    /// <summary>Transactions up to here are in it.</summary>
    public ulong AppliedLsn => Position < 0 ? 0 : (ulong)Position;

    /// <summary>Whether it has what a transaction did.</summary>
    public bool Has(uint xid, ulong commitLsn) => commitLsn <= AppliedLsn || Snapshot?.Sees(xid, commitLsn) == true;
}

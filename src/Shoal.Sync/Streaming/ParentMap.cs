using Shoal.Sync.Plan;

namespace Shoal.Sync.Streaming;

/// <summary>Which tenant a parent's key belongs to; asks PostgreSQL for what it does not know.</summary>
/// <remarks>Thread: the stream's. Bounded: it forgets all when it is full.</remarks>
internal sealed class ParentMap(RowFetcher fetcher)
{
    private const int KeptMax = 1_000_000;

    private readonly Dictionary<(string Table, string Key), string?> _tenants = [];

    public void Set(string table, string key, string? tenant)
    {
        if (_tenants.Count >= KeptMax)
        {
            _tenants.Clear();
        }

        _tenants[(table, key)] = tenant;
    }

    /// <summary>The tenant of a child's parent; null when the parent is gone.</summary>
    public async ValueTask<string?> FindAsync(TablePlan child, string? key, CancellationToken cancellation)
    {
        if (key is null)
        {
            return null;
        }

        if (_tenants.TryGetValue((child.Route.Parent, key), out var tenant))
        {
            return tenant;
        }

        tenant = await fetcher.TenantOfParentAsync(child, key, cancellation);
        if (tenant is not null)
        {
            Set(child.Route.Parent, key, tenant);
        }

        return tenant;
    }
}

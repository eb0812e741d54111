using Shoal.Sync.Plan;

namespace Shoal.Sync.Streaming;

/// <summary>Which tenant a parent's key belongs to; asks PostgreSQL for what it does not know.</summary>
/// <remarks>Thread: the stream's. Bounded: it forgets all when it is full.</remarks>
internal sealed class ParentMap(RowFetcher fetcher)
{
    private const int KeptMax = 200_000;

    private readonly Dictionary<(string Table, string Key), string?> _tenants = [];
    private readonly HashSet<(string Table, string Key)> _missing = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private bool _hasForgotten;

    /// <summary>Notes where a parent is.</summary>
    /// <returns>Where it was thought to be, null when nobody had asked; and whether somebody asked while it was not there.</returns>
    public (string? Known, bool WasMissing) Set(string table, string key, string? tenant)
    {
        MakeRoom();
        if (tenant is not null && !_names.TryAdd(tenant, tenant))
        {
            // One text for all parents of a tenant.
            tenant = _names[tenant];
        }

        var known = _tenants.GetValueOrDefault((table, key));
        _tenants[(table, key)] = tenant;
        return (known, _missing.Remove((table, key)));
    }

    /// <summary>The tenant of a child's parent; null when the parent is not there.</summary>
    /// <exception cref="CommitHiddenException">PostgreSQL does not show what it has sent.</exception>
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

        // What the stream has brought of a parent is here, unless it was forgotten; so what PostgreSQL says is not older than that.
        tenant = await fetcher.TenantOfParentAsync(child, key, isOld: !_hasForgotten, cancellation);
        if (tenant is not null)
        {
            Set(child.Route.Parent, key, tenant);
        }
        else
        {
            // It is gone again, or comes after its children, perhaps in the same transaction.
            MakeRoom();
            _missing.Add((child.Route.Parent, key));
        }

        return tenant;
    }

    private void MakeRoom()
    {
        if (_tenants.Count + _missing.Count >= KeptMax)
        {
            _tenants.Clear();
            _missing.Clear();
            _names.Clear();
            _hasForgotten = true;
        }
    }
}

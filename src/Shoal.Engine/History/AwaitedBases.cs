using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>
/// Databases that were not empty when they were created, and of which no pack has a snapshot yet. A history store does not list
/// them among its databases before: nothing of them could be restored.
/// </summary>
/// <remarks>Thread: safe for any.</remarks>
internal sealed class AwaitedBases
{
    private readonly Lock _gate = new();
    private readonly HashSet<DatabaseId> _ids = [];

    /// <summary>To be called before the catalog has them.</summary>
    public void Add(params IEnumerable<DatabaseId> ids)
    {
        lock (_gate)
        {
            _ids.UnionWith(ids);
        }
    }

    /// <summary>To be called when the manifest names their snapshots, or when they do not exist.</summary>
    public void RemoveAll(Predicate<DatabaseId> match)
    {
        lock (_gate)
        {
            _ids.RemoveWhere(match);
        }
    }

    /// <summary>Them, in the order of their ids.</summary>
    public IReadOnlyList<DatabaseId> List()
    {
        lock (_gate)
        {
            return [.. _ids.OrderBy(static id => id.Value)];
        }
    }
}

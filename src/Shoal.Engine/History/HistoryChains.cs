using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>The <see cref="DatabaseChain"/> of every database that has history.</summary>
/// <remarks>Derived from the packs' indexes at start. Thread: the keeper's.</remarks>
internal sealed class HistoryChains
{
    private readonly Dictionary<DatabaseId, DatabaseChain> _chains = [];

    /// <summary>All of them.</summary>
    public IEnumerable<KeyValuePair<DatabaseId, DatabaseChain>> All => _chains;

    public DatabaseChain Of(DatabaseId database)
    {
        if (!_chains.TryGetValue(database, out var chain))
        {
            _chains.Add(database, chain = new DatabaseChain());
        }

        return chain;
    }

    public void Note(PackEntry entry) => Of(entry.Database).Note(entry);

    /// <summary>The database is gone, and so is its history.</summary>
    public void Forget(DatabaseId database) => _chains.Remove(database);
}

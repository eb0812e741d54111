using Microsoft.Extensions.Logging;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>The <see cref="DatabaseChain"/> of every database that has history.</summary>
/// <remarks>Derived from the packs' indexes at start. Thread: the keeper's.</remarks>
internal sealed class HistoryChains
{
    private readonly Dictionary<DatabaseId, DatabaseChain> _chains = [];

    /// <summary>All of them.</summary>
    public IEnumerable<KeyValuePair<DatabaseId, DatabaseChain>> All => _chains;

    /// <summary>Reads the indexes of packs.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="packs">Which.</param>
    /// <param name="logger">Hears of packs that can not be read.</param>
    /// <returns>Databases whose newest state can not be restored any more: a snapshot ends the gap.</returns>
    public IReadOnlyList<DatabaseId> Load(HistoryFolder folder, IReadOnlyList<PackInfo> packs, ILogger logger)
    {
        var whole = new List<PackInfo>();
        foreach (var pack in packs)
        {
            try
            {
                using var reader = PackReader.Open(folder.PathOf(pack.Name));
                foreach (var entry in reader.ReadIndex())
                {
                    Note(entry);
                }

                whole.Add(pack);
            }
            catch (EngineException error)
            {
                EngineLog.HistoryPackUnreadable(logger, pack.Name, error);
            }
        }

        return whole.Count == packs.Count ? [] : FindGaps(folder, whole);
    }

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

    private List<DatabaseId> FindGaps(HistoryFolder folder, IEnumerable<PackInfo> whole)
    {
        var gaps = new List<DatabaseId>();
        using var input = CompactionInput.Open(folder, whole, after: null);
        while (input.MoveNext())
        {
            var blocks = input.Blocks.Select(static block => new PlacedEntry(block.Reader.Name, block.Entry));
            var runs = new DatabaseHistory(blocks).Runs;
            var chain = Of(input.Database);
            if (runs.Count == 0 || (runs[^1].Epoch, runs[^1].Last).CompareTo((chain.Epoch, chain.Last)) < 0)
            {
                gaps.Add(input.Database);
            }
        }

        return gaps;
    }
}

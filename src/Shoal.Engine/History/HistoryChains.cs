using Microsoft.Extensions.Logging;
using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>The <see cref="DatabaseChain"/> of every database that has history.</summary>
/// <remarks>Derived from the packs' indexes at start. Thread: the keeper's.</remarks>
internal sealed class HistoryChains
{
    private readonly Dictionary<DatabaseId, DatabaseChain> _chains = [];

    /// <summary>Whether all packs could be read, so that what is not here is not in history.</summary>
    public bool IsWhole { get; private set; }

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

        IsWhole = whole.Count == packs.Count;
        var suspects = _chains.Where(static pair => pair.Value.IsSuspect).Select(static pair => pair.Key).ToHashSet();
        return IsWhole && suspects.Count == 0 ? [] : FindGaps(folder, whole, IsWhole ? suspects.Contains : static _ => true);
    }

    public DatabaseChain Of(DatabaseId database)
    {
        if (!_chains.TryGetValue(database, out var chain))
        {
            _chains.Add(database, chain = new DatabaseChain());
        }

        return chain;
    }

    /// <summary>Databases of which packs do not have the newest state, or nothing.</summary>
    /// <param name="catalog">Which there are.</param>
    /// <param name="epoch">Those whose newest block is of another epoch are among them; null if they are not.</param>
    public IEnumerable<DatabaseId> WithoutBase(DatabaseCatalog catalog, uint? epoch) => catalog.ListIds().Where(
        id => HasBase(id) ? epoch is not null && _chains[id].NewestEpoch != epoch : !catalog.History.IsBorn(id));

    /// <summary>Databases that have had commits which are not in packs.</summary>
    /// <param name="catalog">Which there are.</param>
    /// <param name="numberOf">How many commits each has had.</param>
    public IReadOnlyList<DatabaseId> Behind(DatabaseCatalog catalog, Func<DatabaseId, ulong> numberOf) =>
        [.. catalog.ListIds().Where(id => numberOf(id) > (_chains.TryGetValue(id, out var chain) ? chain.NewestNumber : 0))];

    /// <summary>Whether packs have something of a database that can be restored.</summary>
    public bool HasBase(DatabaseId id) => _chains.TryGetValue(id, out var chain) && chain.HasBase;

    public void Note(PackEntry entry) => Of(entry.Database).Note(entry);

    /// <summary>The database is gone, and so is its history.</summary>
    public void Forget(DatabaseId database) => _chains.Remove(database);

    private List<DatabaseId> FindGaps(HistoryFolder folder, IEnumerable<PackInfo> whole, Predicate<DatabaseId> isWanted)
    {
        var gaps = new List<DatabaseId>();
        using var input = CompactionInput.Open(folder, whole, after: null);
        while (input.MoveNext())
        {
            if (!isWanted(input.Database))
            {
                continue;
            }

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

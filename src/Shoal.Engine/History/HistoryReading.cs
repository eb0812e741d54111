using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>A look at history during which its files stay.</summary>
internal sealed class HistoryReading(HistoryManifest manifest, HistoryFolder folder, Action end) : IDisposable
{
    private (DatabaseId Id, DatabaseHistory History)? _found;
    private readonly Dictionary<(string Pack, long Offset, ulong Number), bool> _held = [];
    private int _disposed;

    public HistoryManifest Manifest { get; } = manifest;

    /// <summary>Every earlier commit that will ever be is in the packs. Units: microseconds since 1970.</summary>
    public long Until { get; set; }

    /// <summary>Number of the newest commit that was asked for, which packs have if they have what came before; null for none.</summary>
    public ulong? Newest { get; set; }

    /// <summary>Packs that could not be read, with the reason.</summary>
    public List<(PackInfo Pack, EngineException Error)> Unreadable { get; } = [];

    /// <summary>What blocks have written, as far as it is in memory.</summary>
    public PagesOfBlocks Pages => folder.Pages;

    /// <summary>Takes what is known of a database already.</summary>
    public void Note(DatabaseId id, DatabaseHistory history) => _found = (id, history);

    /// <summary>Everything that is in packs of one database. Cost: some reads per pack, the first time.</summary>
    public DatabaseHistory Find(DatabaseId id)
    {
        if (_found is { } found && found.Id == id)
        {
            return found.History;
        }

        var entries = new List<PlacedEntry>();
        foreach (var pack in Manifest.Packs)
        {
            try
            {
                entries.AddRange(Find(pack.Name, id).Select(entry => new PlacedEntry(pack.Name, entry)));
            }
            catch (EngineException error)
            {
                Unreadable.Add((pack, error));
            }
        }

        var history = new DatabaseHistory(entries);
        _found = (id, history);
        return history;
    }

    /// <summary>Opens a pack.</summary>
    /// <exception cref="EngineException">It is missing or damaged.</exception>
    public PackReader Open(string pack) => Open(pack, rest: null);

    /// <summary>Opens a pack, for a thread that rests now and then.</summary>
    /// <exception cref="EngineException">It is missing or damaged.</exception>
    public PackReader Open(string pack, Action? rest) => PackReader.Open(folder.PathOf(pack), rest);

    /// <summary>Whether a block has the state after a commit.</summary>
    /// <exception cref="EngineException">Its pack is missing or damaged.</exception>
    public bool Holds(PlacedEntry placed, ulong number)
    {
        var key = (placed.Pack, placed.Entry.Offset, number);
        if (!_held.TryGetValue(key, out var holds))
        {
            using var pack = Open(placed.Pack);
            _held.Add(key, holds = pack.Holds(placed.Entry, number));
        }

        return holds;
    }

    private IEnumerable<PackEntry> Find(string pack, DatabaseId id)
    {
        if (folder.Indexes.Find(pack) is { } known)
        {
            return known.Find(id);
        }

        using var reader = Open(pack);
        if (reader.LoadIndex() is not { } index)
        {
            return reader.Find(id);
        }

        folder.Indexes.Add(pack, index);
        return index.Find(id);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            end();
        }
    }
}

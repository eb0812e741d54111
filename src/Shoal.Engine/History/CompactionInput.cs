using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Several packs read side by side, database by database in the order of their ids.</summary>
/// <remarks>Cost: a small part of each index in memory. Owns: the open packs.</remarks>
internal sealed class CompactionInput : IDisposable
{
    private readonly List<PackReader> _readers = [];
    private readonly PriorityQueue<IEnumerator<PackEntry>, Guid> _next = new();
    private readonly Dictionary<IEnumerator<PackEntry>, PackReader> _readerOf = [];
    private readonly List<(PackReader Reader, PackEntry Entry)> _blocks = [];

    private CompactionInput()
    {
    }

    /// <summary>The database that it is at.</summary>
    public DatabaseId Database { get; private set; }

    /// <summary>Its blocks, by epoch and age.</summary>
    public IReadOnlyList<(PackReader Reader, PackEntry Entry)> Blocks => _blocks;

    /// <summary>The range of the log that all packs cover.</summary>
    public PackHeader Header { get; private set; }

    /// <summary>Opens packs.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="packs">Which; at least one.</param>
    /// <param name="after">Begin behind this database; null for the first.</param>
    /// <param name="rest">Called every few hundred microseconds of work; null to offer the processor to others.</param>
    /// <exception cref="EngineException">One is missing or damaged.</exception>
    public static CompactionInput Open(HistoryFolder folder, IEnumerable<PackInfo> packs, DatabaseId? after, Action? rest = null)
    {
        var input = new CompactionInput();
        try
        {
            foreach (var pack in packs)
            {
                input.Add(PackReader.Open(folder.PathOf(pack.Name), rest), after);
            }

            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    /// <summary>Goes to the next database; false behind the last.</summary>
    public bool MoveNext()
    {
        _blocks.Clear();
        if (!_next.TryPeek(out _, out var database))
        {
            return false;
        }

        Database = new DatabaseId(database);
        while (_next.TryPeek(out var entries, out var id) && id == database)
        {
            _next.Dequeue();
            bool hasMore;
            do
            {
                _blocks.Add((_readerOf[entries], entries.Current));
                hasMore = entries.MoveNext();
            }
            while (hasMore && entries.Current.Database.Value == database);

            if (hasMore)
            {
                _next.Enqueue(entries, entries.Current.Database.Value);
            }
        }

        _blocks.Sort(static (left, right) => Compare(left, right));
        return true;
    }

    public void Dispose()
    {
        foreach (var entries in _readerOf.Keys)
        {
            entries.Dispose();
        }

        _readers.ForEach(static reader => reader.Dispose());
    }

    private static int Compare((PackReader Reader, PackEntry Entry) left, (PackReader Reader, PackEntry Entry) right)
    {
        var order = left.Entry.Epoch.CompareTo(right.Entry.Epoch);
        order = order != 0 ? order : left.Entry.First.CompareTo(right.Entry.First);
        order = order != 0 ? order : string.CompareOrdinal(left.Reader.Name, right.Reader.Name);
        return order != 0 ? order : left.Entry.Offset.CompareTo(right.Entry.Offset);
    }

    private void Add(PackReader reader, DatabaseId? after)
    {
        _readers.Add(reader);
        Header = _readers.Count == 1 ? reader.Header : Header with
        {
            First = reader.Header.First < Header.First ? reader.Header.First : Header.First,
            Last = reader.Header.Last > Header.Last ? reader.Header.Last : Header.Last,
        };
        var entries = reader.ReadIndex(entriesAtOnce: 32).GetEnumerator();
        _readerOf.Add(entries, reader);
        while (entries.MoveNext())
        {
            if (after is not { } done || entries.Current.Database.Value.CompareTo(done.Value) > 0)
            {
                _next.Enqueue(entries, entries.Current.Database.Value);
                return;
            }
        }
    }
}

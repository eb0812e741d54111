using Shoal.Protocol;

namespace Shoal.Engine.Log;

/// <summary>Knows for every database which of its commits only the log holds.</summary>
/// <remarks>
/// Three stages: committed (in the log), checkpointed (in the file, perhaps only in the page cache), flushed (forgotten here).
/// Thread: safe for any.
/// </remarks>
internal sealed class CommitTracker
{
    private static readonly LogPosition InFlight = new(ulong.MaxValue);

    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, Entry> _entries = [];

    /// <summary>Databases with commits that only the log holds.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>A commit is about to be appended.</summary>
    /// <param name="database">Whose.</param>
    /// <param name="start">A position not after where the commit's first record will be.</param>
    public void Appending(DatabaseId database, LogPosition start)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(database, out var entry))
            {
                _entries.Add(database, entry = new Entry { Oldest = start });
            }

            if (entry.Last <= entry.Checkpointed)
            {
                entry.FirstSinceCheckpoint = start;
            }

            entry.Last = InFlight;
        }
    }

    /// <summary>The commit was appended.</summary>
    /// <param name="database">Whose.</param>
    /// <param name="end">End of its last record.</param>
    public void Appended(DatabaseId database, LogPosition end)
    {
        lock (_gate)
        {
            _entries[database].Last = end;
        }
    }

    /// <summary>The file of a database has all of its commits up to a position, though perhaps not flushed.</summary>
    public void Checkpointed(DatabaseId database, LogPosition upTo)
    {
        lock (_gate)
        {
            // A writer knows only commits of its own: after redo, what it has checkpointed may be less than the file has.
            if (_entries.TryGetValue(database, out var entry) && entry.Checkpointed < upTo)
            {
                entry.Checkpointed = upTo;
            }
        }
    }

    /// <summary>
    /// The same of all of its commits, whoever has made them: its WAL may hold some of before it was opened. To be called by its
    /// writer, between commits.
    /// </summary>
    public void Checkpointed(DatabaseId database)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(database, out var entry) && entry.Last != InFlight)
            {
                entry.Checkpointed = entry.Last;
            }
        }
    }

    /// <summary>Nothing is needed of a database any more: its file is flushed or deleted.</summary>
    public void Forget(DatabaseId database)
    {
        lock (_gate)
        {
            _entries.Remove(database);
        }
    }

    /// <summary>Databases whose file lacks commits, those with the oldest first.</summary>
    public IReadOnlyList<DatabaseId> ListUncheckpointed()
    {
        lock (_gate)
        {
            return [.. _entries.Where(static pair => pair.Value.Last > pair.Value.Checkpointed)
                .OrderBy(static pair => pair.Value.Oldest).Select(static pair => pair.Key)];
        }
    }

    /// <summary>Whether the file of a database lacks commits.</summary>
    public bool IsUncheckpointed(DatabaseId database)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(database, out var entry) && entry.Last > entry.Checkpointed;
        }
    }

    /// <summary>Takes a note of what a flush that starts now will cover: per database the position its file has reached.</summary>
    public IReadOnlyDictionary<DatabaseId, LogPosition> BeginFlush()
    {
        lock (_gate)
        {
            return _entries.Where(static pair => pair.Value.Checkpointed > LogPosition.Zero)
                .ToDictionary(static pair => pair.Key, static pair => pair.Value.Checkpointed);
        }
    }

    /// <summary>The flush is over: what it covered is forgotten.</summary>
    public void EndFlush(IReadOnlyDictionary<DatabaseId, LogPosition> covered)
    {
        lock (_gate)
        {
            foreach (var (database, upTo) in covered)
            {
                if (_entries.TryGetValue(database, out var entry))
                {
                    if (entry.Last <= upTo)
                    {
                        _entries.Remove(database);
                    }
                    else if (entry.Checkpointed == upTo)
                    {
                        entry.Oldest = entry.FirstSinceCheckpoint;
                    }
                }
            }
        }
    }

    /// <summary>Where the oldest record lies that some file may lack; <paramref name="otherwise"/> when there is none.</summary>
    public LogPosition OldestNeeded(LogPosition otherwise)
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                otherwise = entry.Oldest < otherwise ? entry.Oldest : otherwise;
            }

            return otherwise;
        }
    }

    private sealed class Entry
    {
        public LogPosition Oldest { get; set; }

        public LogPosition Last { get; set; }

        public LogPosition Checkpointed { get; set; }

        public LogPosition FirstSinceCheckpoint { get; set; }
    }
}

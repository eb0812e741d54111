using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>Bookmarks that somebody has asked for, or given a name: their commits stay when others of their minute go.</summary>
/// <remarks>Durable before anybody is told. Thread: safe for any.</remarks>
internal sealed class KnownBookmarks(DatabaseCatalog catalog)
{
    /// <summary>Past it a bookmark of a database is given out, but not kept: it is then good for 48 hours.</summary>
    public const int PerDatabaseMax = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, SortedSet<(uint Epoch, ulong Number)>> _known = [];

    /// <summary>Those that have names; they are kept, however many somebody has asked for.</summary>
    public NamedBookmarks Names { get; } = new(catalog);

    /// <summary>Those that somebody is about to hear of.</summary>
    public HeldBookmarks Held { get; } = new();

    /// <summary>Reads what the catalog says.</summary>
    public async Task LoadAsync()
    {
        await Names.LoadAsync().ConfigureAwait(false);
        var rows = await catalog.ExecuteAsync("SELECT id, epoch, number FROM known_bookmarks").ConfigureAwait(false);
        lock (_gate)
        {
            _known.Clear();
            foreach (var row in rows)
            {
                Of(DatabaseCatalog.ParseId(row[0])).Add(((uint)row[1].AsInteger, (ulong)row[2].AsInteger));
            }
        }
    }

    /// <summary>Whether the state after a commit must stay.</summary>
    public bool Contains(DatabaseId id, uint epoch, ulong number)
    {
        // Those that are held first: one that is let go of meanwhile has become known before.
        if (Held.Contains(id, epoch, number))
        {
            return true;
        }

        lock (_gate)
        {
            if (_known.TryGetValue(id, out var mine) && mine.Contains((epoch, number)))
            {
                return true;
            }
        }

        return Names.Contains(id, epoch, number);
    }

    /// <summary>All of a database, by age.</summary>
    public IReadOnlyList<(uint Epoch, ulong Number)> List(DatabaseId id)
    {
        // Those that are held first, here too.
        var others = Held.List(id).Concat(Names.List(id).Select(static one => (one.Bookmark.Epoch, one.Bookmark.Number))).ToArray();
        lock (_gate)
        {
            return [.. (_known.TryGetValue(id, out var mine) ? mine : []).Union(others).Order()];
        }
    }

    /// <summary>Takes note of a bookmark; durable when the task completes.</summary>
    public async Task AddAsync(DatabaseId id, DateTimeOffset now, Bookmark bookmark)
    {
        lock (_gate)
        {
            // The state before the first commit needs nothing.
            if (bookmark.Number == 0 || Of(id).Count >= PerDatabaseMax || Of(id).Contains((bookmark.Epoch, bookmark.Number)))
            {
                return;
            }
        }

        await catalog.ExecuteAsync("INSERT OR IGNORE INTO known_bookmarks(id, epoch, number, at) VALUES (?, ?, ?, ?)",
            SqlValue.Text(id.ToString()), SqlValue.Integer(bookmark.Epoch), SqlValue.Integer((long)bookmark.Number),
            SqlValue.Integer(now.ToUnixTimeMilliseconds())).ConfigureAwait(false);
        lock (_gate)
        {
            Of(id).Add((bookmark.Epoch, bookmark.Number));
        }
    }

    /// <summary>Forgets those of a time whose commits are out of date, and those of databases that nobody can ask for.</summary>
    /// <inheritdoc cref="HistoryRecords.ForgetAsync"/>
    public async Task ForgetAsync(DateTimeOffset now, TimeSpan retention)
    {
        await Names.ForgetAsync(now, retention).ConfigureAwait(false);
        var gone = await catalog.ExecuteAsync(
            $"""
            DELETE FROM known_bookmarks
            WHERE at < {OwnRetention.CutoffOf("known_bookmarks.id")}
              OR id NOT IN (SELECT id FROM databases UNION ALL SELECT id FROM dropped_history)
            RETURNING id, epoch, number
            """,
            SqlValue.Integer(now.ToUnixTimeMilliseconds()), SqlValue.Integer((long)retention.TotalMilliseconds)).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var row in gone)
            {
                Of(DatabaseCatalog.ParseId(row[0])).Remove(((uint)row[1].AsInteger, (ulong)row[2].AsInteger));
            }
        }
    }

    private SortedSet<(uint Epoch, ulong Number)> Of(DatabaseId id)
    {
        if (!_known.TryGetValue(id, out var mine))
        {
            _known.Add(id, mine = []);
        }

        return mine;
    }
}

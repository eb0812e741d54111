using System.Globalization;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>Commits that have names: by somebody's wish, or because a migration was about to run.</summary>
/// <remarks>Invariant: what is in memory is durable in the catalog. Thread: safe for any; changes are serialized.</remarks>
internal sealed class NamedBookmarks(DatabaseCatalog catalog) : IDisposable
{
    /// <summary>Names that people may give to commits of one database.</summary>
    public const int PerDatabaseMax = 100;

    /// <summary>Automatic ones of one database; the oldest goes when there would be more.</summary>
    public const int AutomaticPerDatabaseMax = 20;

    private const int NameLengthMax = 100;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _changes = new(1);
    private readonly Dictionary<DatabaseId, SortedDictionary<string, NamedBookmark>> _named = [];

    /// <summary>Reads what the catalog says.</summary>
    public async Task LoadAsync()
    {
        var rows = await catalog.ExecuteAsync("SELECT id, name, epoch, number, at, automatic FROM named_bookmarks").ConfigureAwait(false);
        lock (_gate)
        {
            _named.Clear();
            foreach (var row in rows)
            {
                var id = DatabaseCatalog.ParseId(row[0]);
                Remember(id, new NamedBookmark(DatabaseCatalog.TextOf(row[1]),
                    Bookmark.Of(id, (uint)row[2].AsInteger, (ulong)row[3].AsInteger),
                    DateTimeOffset.FromUnixTimeMilliseconds(row[4].AsInteger), row[5].AsInteger != 0));
            }
        }
    }

    /// <summary>All of a database, the first named first.</summary>
    public IReadOnlyList<NamedBookmark> List(DatabaseId id)
    {
        lock (_gate)
        {
            return _named.TryGetValue(id, out var mine)
                ? [.. mine.Values.OrderBy(static named => named.CreatedAt).ThenBy(static named => named.Name, StringComparer.Ordinal)]
                : [];
        }
    }

    /// <summary>The commit of a name; null when there is none.</summary>
    public NamedBookmark? Find(DatabaseId id, string name)
    {
        lock (_gate)
        {
            return _named.TryGetValue(id, out var mine) ? mine.GetValueOrDefault(name) : null;
        }
    }

    /// <summary>Whether a commit has a name.</summary>
    public bool Contains(DatabaseId id, uint epoch, ulong number)
    {
        lock (_gate)
        {
            return _named.TryGetValue(id, out var mine)
                && mine.Values.Any(named => named.Bookmark.Epoch == epoch && named.Bookmark.Number == number);
        }
    }

    /// <summary>Names a commit; durable when the task completes.</summary>
    /// <exception cref="EngineException">The name is not allowed or taken, or there are too many.</exception>
    public async Task<NamedBookmark> AddAsync(DatabaseId id, string name, Bookmark bookmark, DateTimeOffset now)
    {
        CheckName(id, name);
        var named = new NamedBookmark(name, bookmark, ToMilliseconds(now), IsAutomatic: false);
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            var all = List(id);
            if (all.Any(other => other.Name == name))
            {
                throw new EngineException(EngineErrorKind.InvalidArgument, $"the database has a bookmark '{name}' already",
                    "Choose another name, or delete it first.", id);
            }

            if (all.Count(static other => !other.IsAutomatic) >= PerDatabaseMax)
            {
                throw new EngineException(EngineErrorKind.LimitExceeded,
                    $"the database has {PerDatabaseMax} named bookmarks, and that is the most",
                    "Delete some that are not needed any more.", id);
            }

            await SaveAsync(id, named).ConfigureAwait(false);
            return named;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Takes note of a commit right before a migration, unless the newest automatic one names it already.</summary>
    public async Task AddAutomaticAsync(DatabaseId id, Bookmark bookmark, DateTimeOffset now)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            var all = List(id);
            var automatic = all.Where(static named => named.IsAutomatic).ToArray();
            if (automatic.LastOrDefault()?.Bookmark == bookmark)
            {
                return;
            }

            var at = ToMilliseconds(now);
            var first = string.Create(CultureInfo.InvariantCulture, $"before-migration-{at.UtcDateTime:yyyyMMdd-HHmmss}");
            var name = first;
            for (var number = 2; all.Any(other => other.Name == name); number++)
            {
                name = string.Create(CultureInfo.InvariantCulture, $"{first}-{number}");
            }

            await SaveAsync(id, new NamedBookmark(name, bookmark, at, IsAutomatic: true)).ConfigureAwait(false);
            foreach (var old in automatic.SkipLast(AutomaticPerDatabaseMax - 1))
            {
                await DeleteAsync(id, old.Name).ConfigureAwait(false);
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Takes a name away; false when there is none.</summary>
    public async Task<bool> RemoveAsync(DatabaseId id, string name)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Find(id, name) is null)
            {
                return false;
            }

            await DeleteAsync(id, name).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Forgets those of a time whose commits are out of date, and those of databases that nobody can ask for.</summary>
    /// <inheritdoc cref="HistoryRecords.ForgetAsync"/>
    public async Task ForgetAsync(DateTimeOffset now, TimeSpan retention)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            var gone = await catalog.ExecuteAsync(
                $"""
                DELETE FROM named_bookmarks
                WHERE at < {OwnRetention.CutoffOf("named_bookmarks.id")}
                  OR id NOT IN (SELECT id FROM databases UNION ALL SELECT id FROM dropped_history)
                RETURNING id, name
                """,
                SqlValue.Integer(now.ToUnixTimeMilliseconds()), SqlValue.Integer((long)retention.TotalMilliseconds)).ConfigureAwait(false);
            lock (_gate)
            {
                foreach (var row in gone)
                {
                    Forget(DatabaseCatalog.ParseId(row[0]), DatabaseCatalog.TextOf(row[1]));
                }
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    public void Dispose() => _changes.Dispose();

    /// <summary>A name is told from a bookmark and from a time by its first character and its shape.</summary>
    private static void CheckName(DatabaseId id, string name)
    {
        if (name.Length is 0 or > NameLengthMax || !char.IsAsciiLetter(name[0])
            || !name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')
            || Bookmark.TryParse(name, out _))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, $"'{name}' is no name for a bookmark",
                $"A name begins with a letter and has letters, digits, '.', '_' and '-', {NameLengthMax} at most.", id);
        }
    }

    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private async Task SaveAsync(DatabaseId id, NamedBookmark named)
    {
        await catalog.ExecuteAsync(
            "INSERT INTO named_bookmarks(id, name, epoch, number, at, automatic) VALUES (?, ?, ?, ?, ?, ?)",
            SqlValue.Text(id.ToString()), SqlValue.Text(named.Name), SqlValue.Integer(named.Bookmark.Epoch),
            SqlValue.Integer((long)named.Bookmark.Number), SqlValue.Integer(named.CreatedAt.ToUnixTimeMilliseconds()),
            SqlValue.Integer(named.IsAutomatic ? 1 : 0)).ConfigureAwait(false);
        lock (_gate)
        {
            Remember(id, named);
        }
    }

    private async Task DeleteAsync(DatabaseId id, string name)
    {
        await catalog.ExecuteAsync("DELETE FROM named_bookmarks WHERE id = ? AND name = ?",
            SqlValue.Text(id.ToString()), SqlValue.Text(name)).ConfigureAwait(false);
        lock (_gate)
        {
            Forget(id, name);
        }
    }

    private void Remember(DatabaseId id, NamedBookmark named)
    {
        if (!_named.TryGetValue(id, out var mine))
        {
            _named.Add(id, mine = new SortedDictionary<string, NamedBookmark>(StringComparer.Ordinal));
        }

        mine[named.Name] = named;
    }

    private void Forget(DatabaseId id, string name)
    {
        if (_named.TryGetValue(id, out var mine) && mine.Remove(name) && mine.Count == 0)
        {
            _named.Remove(id);
        }
    }
}

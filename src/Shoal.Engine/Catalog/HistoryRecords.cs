using System.Globalization;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>What the catalog keeps for history: databases that were new when the log began to hold them, and deleted ones.</summary>
/// <remarks>
/// A database is <em>born</em> when it was created while history was kept: what was before its commit 1 is then known. Thread:
/// safe for any.
/// </remarks>
internal sealed class HistoryRecords(DatabaseCatalog catalog)
{
    private readonly Lock _gate = new();
    private readonly HashSet<DatabaseId> _born = [];
    private readonly HashSet<DatabaseId> _dropped = [];
    private long _provenAt;

    /// <summary>Bookmarks that somebody has asked for.</summary>
    public KnownBookmarks Bookmarks { get; } = new(catalog);

    /// <summary>How long history is kept of single databases.</summary>
    public OwnRetention Retention { get; } = new(catalog);

    /// <summary>Whether history is kept in this process.</summary>
    public bool IsKept { get; set; }

    /// <summary>The time of deletions: not earlier than what <see cref="ForgetAsync"/> was told, though the clock may be behind.</summary>
    public Func<DateTimeOffset> Now { get; set; } = TimeProvider.System.GetUtcNow;

    /// <summary>When restores were last shown to work; null for never.</summary>
    public DateTimeOffset? ProvenAt =>
        Volatile.Read(ref _provenAt) is > 0 and var milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    /// <summary>Whether a database was new before its commit 1.</summary>
    public bool IsBorn(DatabaseId id)
    {
        lock (_gate)
        {
            return _born.Contains(id);
        }
    }

    /// <summary>Whether a database was deleted, and may still be in history.</summary>
    public bool IsDropped(DatabaseId id)
    {
        lock (_gate)
        {
            return _dropped.Contains(id);
        }
    }

    /// <summary>Reads what the catalog says.</summary>
    public async Task LoadAsync()
    {
        var dropped = await catalog.ExecuteAsync("SELECT id FROM dropped_history").ConfigureAwait(false);
        var rows = await catalog.ExecuteAsync("SELECT id FROM born").ConfigureAwait(false);
        var proof = await catalog.ExecuteAsync("SELECT at FROM restore_proof").ConfigureAwait(false);
        Volatile.Write(ref _provenAt, proof.Count > 0 ? proof[0][0].AsInteger : 0);
        await Bookmarks.LoadAsync().ConfigureAwait(false);
        await Retention.LoadAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _dropped.UnionWith(dropped.Select(static row => DatabaseCatalog.ParseId(row[0])));
            _born.Clear();
            foreach (var row in rows)
            {
                _born.Add(DatabaseCatalog.ParseId(row[0]));
            }
        }
    }

    /// <summary>SQL that goes before a database's entry; durable together with it.</summary>
    public string OnCreated(DatabaseId id)
    {
        if (!IsKept)
        {
            return "";
        }

        lock (_gate)
        {
            _born.Add(id);
        }

        return $"INSERT INTO born(id) VALUES ('{id}'); ";
    }

    /// <summary>SQL that goes before the deletion of a database's entry.</summary>
    public string OnDropped(DatabaseId id)
    {
        if (!IsKept)
        {
            return "";
        }

        lock (_gate)
        {
            _dropped.Add(id);
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"""
            INSERT INTO dropped_history(id, account, name, created_at, dropped_at)
            SELECT id, account, name, created_at, {Now().ToUnixTimeMilliseconds()} FROM databases WHERE id = '{id}';

            """);
    }

    /// <summary>Deleted databases of an account that may still be in history, the last deleted first; null for all accounts.</summary>
    public async Task<IReadOnlyList<DroppedDatabase>> ListDroppedAsync(string? account)
    {
        var rows = await catalog.ExecuteAsync(
            """
            SELECT id, account, name, created_at, dropped_at FROM dropped_history WHERE ?1 IS NULL OR account = ?1
            ORDER BY dropped_at DESC, id
            """,
            DatabaseCatalog.OptionalText(account)).ConfigureAwait(false);
        return [.. rows.Select(static row => new DroppedDatabase(DatabaseCatalog.ParseId(row[0]), DatabaseCatalog.TextOf(row[1]),
            DatabaseCatalog.TextOf(row[2]), DateTimeOffset.FromUnixTimeMilliseconds(row[3].AsInteger),
            DateTimeOffset.FromUnixTimeMilliseconds(row[4].AsInteger)))];
    }

    /// <summary>Takes note that restores were shown to work.</summary>
    public async Task NoteProofAsync(DateTimeOffset at)
    {
        await catalog.ExecuteAsync("INSERT OR REPLACE INTO restore_proof(id, at) VALUES (1, ?)",
            SqlValue.Integer(at.ToUnixTimeMilliseconds())).ConfigureAwait(false);
        Volatile.Write(ref _provenAt, at.ToUnixTimeMilliseconds());
    }

    /// <summary>Forgets databases that were deleted, and bookmarks that were asked for, longer ago than history is kept.</summary>
    /// <param name="now">The time.</param>
    /// <param name="retention">What is kept of databases that have no time of their own.</param>
    public async Task ForgetAsync(DateTimeOffset now, TimeSpan retention)
    {
        var forgotten = await catalog.ExecuteAsync(
            $"DELETE FROM dropped_history WHERE dropped_at < {OwnRetention.CutoffOf("dropped_history.id")} RETURNING id",
            SqlValue.Integer(now.ToUnixTimeMilliseconds()), SqlValue.Integer((long)retention.TotalMilliseconds)).ConfigureAwait(false);
        var gone = await catalog.ExecuteAsync(
            """
            DELETE FROM born WHERE id NOT IN (SELECT id FROM databases UNION ALL SELECT id FROM dropped_history) RETURNING id
            """).ConfigureAwait(false);
        lock (_gate)
        {
            _dropped.ExceptWith(forgotten.Select(static row => DatabaseCatalog.ParseId(row[0])));
            _born.ExceptWith(gone.Select(static row => DatabaseCatalog.ParseId(row[0])));
        }

        await Bookmarks.ForgetAsync(now, retention).ConfigureAwait(false);
        await Retention.ForgetAsync().ConfigureAwait(false);
    }
}

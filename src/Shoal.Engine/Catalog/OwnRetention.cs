using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>How long history is kept of single databases, where that is not what the node keeps of all.</summary>
/// <remarks>
/// It stays for a deleted database while that can be brought back. Invariant: what is in memory is durable in the catalog. Thread:
/// safe for any; changes are serialized.
/// </remarks>
internal sealed class OwnRetention(DatabaseCatalog catalog) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _changes = new(1);
    private readonly Dictionary<DatabaseId, TimeSpan> _own = [];

    /// <summary>The shortest and the longest time of any database.</summary>
    /// <param name="ofAll">What the node keeps of all.</param>
    public (TimeSpan Shortest, TimeSpan Longest) Range(TimeSpan ofAll)
    {
        lock (_gate)
        {
            var times = _own.Values.Append(ofAll).ToArray();
            return (times.Min(), times.Max());
        }
    }

    /// <summary>
    /// SQL that says before when something of a database is out of date, from parameters: 1 is now, 2 what the node keeps. Units:
    /// milliseconds.
    /// </summary>
    /// <param name="id">The column that says which database.</param>
    public static string CutoffOf(string id) =>
        $"(?1 - coalesce((SELECT own.seconds * 1000 FROM history_retention AS own WHERE own.id = {id}), ?2))";

    /// <summary>Reads what the catalog says.</summary>
    public async Task LoadAsync()
    {
        var rows = await catalog.ExecuteAsync("SELECT id, seconds FROM history_retention").ConfigureAwait(false);
        lock (_gate)
        {
            _own.Clear();
            foreach (var row in rows)
            {
                _own.Add(DatabaseCatalog.ParseId(row[0]), TimeSpan.FromSeconds(row[1].AsInteger));
            }
        }
    }

    /// <summary>What is kept of a database; null for what the node keeps.</summary>
    public TimeSpan? Of(DatabaseId id)
    {
        lock (_gate)
        {
            return _own.TryGetValue(id, out var time) ? time : null;
        }
    }

    /// <summary>Changes it; durable when the task completes.</summary>
    public async Task SetAsync(DatabaseId id, TimeSpan? time)
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            if (time is { } own)
            {
                await catalog.ExecuteAsync("INSERT OR REPLACE INTO history_retention(id, seconds) VALUES (?, ?)",
                    SqlValue.Text(id.ToString()), SqlValue.Integer((long)own.TotalSeconds)).ConfigureAwait(false);
            }
            else
            {
                await catalog.ExecuteAsync("DELETE FROM history_retention WHERE id = ?", SqlValue.Text(id.ToString()))
                    .ConfigureAwait(false);
            }

            lock (_gate)
            {
                _own.Remove(id);
                if (time is { } known)
                {
                    _own.Add(id, known);
                }
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Forgets those of databases that nobody can ask for.</summary>
    public async Task ForgetAsync()
    {
        await _changes.WaitAsync().ConfigureAwait(false);
        try
        {
            var gone = await catalog.ExecuteAsync(
                """
                DELETE FROM history_retention WHERE id NOT IN (SELECT id FROM databases UNION ALL SELECT id FROM dropped_history)
                RETURNING id
                """).ConfigureAwait(false);
            lock (_gate)
            {
                foreach (var row in gone)
                {
                    _own.Remove(DatabaseCatalog.ParseId(row[0]));
                }
            }
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changes.Dispose();
}

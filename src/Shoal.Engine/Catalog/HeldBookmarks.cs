using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>Commits that somebody is about to hear of: they stay until it is durable that they must, or nobody was told.</summary>
/// <remarks>In memory only: who was to hear of one does not survive a stop either. Thread: safe for any.</remarks>
internal sealed class HeldBookmarks
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, List<(uint Epoch, ulong Number)>> _held = [];
    private List<(DatabaseId Id, uint Epoch, ulong Number)>? _watched;

    /// <summary>A commit stays until the result is disposed.</summary>
    public HeldBookmark Hold(DatabaseId id, Bookmark bookmark)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(id, out var mine))
            {
                _held.Add(id, mine = []);
            }

            mine.Add((bookmark.Epoch, bookmark.Number));
            _watched?.Add((id, bookmark.Epoch, bookmark.Number));
            return new HeldBookmark(bookmark, () => Release(id, (bookmark.Epoch, bookmark.Number)));
        }
    }

    /// <summary>Whether somebody holds a commit now.</summary>
    public bool Contains(DatabaseId id, uint epoch, ulong number)
    {
        lock (_gate)
        {
            return _held.TryGetValue(id, out var mine) && mine.Contains((epoch, number));
        }
    }

    /// <summary>All of a database.</summary>
    public IReadOnlyList<(uint Epoch, ulong Number)> List(DatabaseId id)
    {
        lock (_gate)
        {
            return _held.TryGetValue(id, out var mine) ? [.. mine] : [];
        }
    }

    /// <summary>Begins to note which ones are held from now on. One watches at a time.</summary>
    public void BeginWatch()
    {
        lock (_gate)
        {
            _watched = [];
        }
    }

    /// <summary>Ends that.</summary>
    /// <returns>What somebody has begun to hold since then, whether it is held still or not.</returns>
    public IReadOnlyList<(DatabaseId Id, uint Epoch, ulong Number)> EndWatch()
    {
        lock (_gate)
        {
            var watched = _watched ?? [];
            _watched = null;
            return watched;
        }
    }

    private void Release(DatabaseId id, (uint, ulong) commit)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(id, out var mine) && mine.Remove(commit) && mine.Count == 0)
            {
                _held.Remove(id);
            }
        }
    }
}

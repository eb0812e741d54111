using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <content>Bookmarks with names: a name stands wherever a bookmark is taken.</content>
public sealed partial class TimeTravel
{
    /// <summary>Gives a state a name; it stays for as long as history is kept, also when others of its minute are left out.</summary>
    /// <param name="id">The database.</param>
    /// <param name="name">Letters, digits, '.', '_' and '-', beginning with a letter; unique in the database.</param>
    /// <param name="moment">Which state; null for what the database is now.</param>
    /// <param name="cancellationToken">Gives up before anything is changed.</param>
    /// <exception cref="EngineException">The name is taken, or history does not have the state.</exception>
    public async Task<NamedBookmark> NameAsync(DatabaseId id, string name, RestoreMoment? moment,
        CancellationToken cancellationToken = default)
    {
        var newest = GetBookmark(id);
        using var held = moment is { } wanted ? await HoldAsync(id, wanted, cancellationToken).ConfigureAwait(false) : null;
        return await Names.AddAsync(id, name, held?.Bookmark ?? newest, Keeper.Now).ConfigureAwait(false);
    }

    /// <summary>The named states of a database, the first named first.</summary>
    /// <exception cref="EngineException">The database is unknown, or no history is kept.</exception>
    public async Task<IReadOnlyList<NamedBookmark>> ListNamesAsync(DatabaseId id)
    {
        _ = Keeper;
        _ = await CreatedAtAsync(id).ConfigureAwait(false);
        return Names.List(id);
    }

    /// <summary>Takes a name away; its state is then kept like any other. False when there is none.</summary>
    public Task<bool> RemoveNameAsync(DatabaseId id, string name)
    {
        _ = Keeper;
        return Names.RemoveAsync(Known(id).Id, name);
    }

    /// <summary>Names what a database is before a request that records a migration; others pass at once.</summary>
    /// <remarks>A request that can not be prepared for in this way, as on a full disk, goes on: the log says so.</remarks>
    internal ValueTask PrepareAsync(DatabaseId id, SqlRequest request) =>
        _keeper is not null && MigrationRequest.Is(request) && _catalog.Find(id) is not null
            ? new ValueTask(NameBeforeMigrationAsync(id))
            : ValueTask.CompletedTask;

    private NamedBookmarks Names => _catalog.History.Bookmarks.Names;

    private async Task NameBeforeMigrationAsync(DatabaseId id)
    {
        var bookmark = GetBookmark(id);
        try
        {
            await Names.AddAutomaticAsync(id, bookmark, Keeper.Now).ConfigureAwait(false);
        }
        catch (EngineException error)
        {
            EngineLog.BookmarkNotKept(_logger, id, bookmark.ToString(), error);
        }
    }

    /// <summary>A moment that is given by a name, as the bookmark that it stands for.</summary>
    private RestoreMoment WithoutName(DatabaseId id, RestoreMoment moment) =>
        moment.Bookmark is { } text && Names.Find(id, text) is { } named ? RestoreMoment.At(named.Bookmark.ToString()) : moment;
}

using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Sqlite;

namespace Shoal.Engine.History;

/// <content>Restores in place: of the pages that have changed since, or of all.</content>
public sealed partial class TimeTravel
{
    /// <summary>How often only what has changed is taken back while others go on writing; then they wait for all of it.</summary>
    private const int ChangedAttemptsMax = 3;

    /// <summary>
    /// When a larger part of a database has changed, all of it is put together: then writers need not wait for the check, which in turn
    /// may take half as long as that.
    /// </summary>
    private const double ChangedPartMax = 0.5;

    /// <summary>Makes a database what it was, as a commit of its own; others are not touched. Writes wait meanwhile.</summary>
    /// <remarks>
    /// Only the pages that commits have written since then are put together, when that is less work than all: the others are what they
    /// were. If the result is not whole, as when the file is damaged, all of it is restored from history.
    /// </remarks>
    /// <exception cref="EngineException">The moment can not be restored, or the disk refused; nothing was changed.</exception>
    public async Task<RestoreResult> RestoreAsync(DatabaseId id, RestoreMoment moment, CancellationToken cancellationToken = default)
    {
        _ = Known(id);
        var begun = _limiter.Begin(id);
        RestoreResult? result = null;
        try
        {
            await BeginRestoreAsync(cancellationToken).ConfigureAwait(false);
            result = await RestoreInTurnAsync(id, moment, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (result is null)
            {
                _limiter.TakeBack(id, begun);
            }
        }

        _metrics.Restored();
        EngineLog.DatabaseRestored(_logger, id, result.Previous.Number, result.Restored.Number);
        return result;
    }

    /// <summary>The same for one whose turn it is, which ends with it.</summary>
    private async Task<RestoreResult> RestoreInTurnAsync(DatabaseId id, RestoreMoment moment, CancellationToken cancellationToken)
    {
        try
        {
            RestoreResult? result = null;
            for (var attempt = 1; result is null; attempt++)
            {
                using var held = await HoldAsync(id, moment, cancellationToken).ConfigureAwait(false);
                if (attempt == 1 && !held.Target.IsCurrent && !held.Locator.IsCurrentKept())
                {
                    await KeepCurrentAsync(id, cancellationToken).ConfigureAwait(false);
                }

                result = await RestoreOnceAsync(id, held, attempt > ChangedAttemptsMax, cancellationToken).ConfigureAwait(false);

                // If somebody has written meanwhile, a time means the same state the next time.
                moment = RestoreMoment.At(held.Bookmark.ToString());
            }

            return result;
        }
        finally
        {
            _restores.Release();
        }
    }

    /// <summary>
    /// Puts what a restore is about to replace into history, where it is not: after a time without a log, or behind a gap.
    /// </summary>
    private async Task KeepCurrentAsync(DatabaseId id, CancellationToken cancellation)
    {
        try
        {
            await Keeper.SnapshotAsync(id, isWhole: true).WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Kind != EngineErrorKind.ShuttingDown)
        {
            // A damaged file, or a disk that refuses: the restore is what helps, or fails by itself.
            EngineLog.BookmarkNotKept(_logger, id, GetBookmark(id).ToString(), error);
        }
    }

    /// <summary>Goes to a state that is held; null when somebody has written since it was found.</summary>
    /// <param name="id">Which database.</param>
    /// <param name="held">The state.</param>
    /// <param name="isWhole">Whether all of it is to be restored, which others' writes do not hinder.</param>
    /// <param name="cancellation">Gives up before anything is changed.</param>
    private async Task<RestoreResult?> RestoreOnceAsync(DatabaseId id, HeldTarget held, bool isWhole, CancellationToken cancellation)
    {
        if (!isWhole)
        {
            var (result, isOutdated) = await RestoreChangedAsync(id, held, cancellation).ConfigureAwait(false);
            if (result is not null || isOutdated)
            {
                return result;
            }
        }

        return await RestoreWholeAsync(id, held, cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes back what has changed since; no result when that can not be, or when somebody has written meanwhile.</summary>
    private async Task<(RestoreResult? Result, bool IsOutdated)> RestoreChangedAsync(
        DatabaseId id, HeldTarget held, CancellationToken cancellation)
    {
        var (reading, target, _, _) = held;
        var runs = reading.Find(id).Runs;
        var newest = runs.Count > 0 ? runs[^1] : default;
        if (BlocksSince(id, target, newest, reading) is not { } since)
        {
            return default;
        }

        using var file = new RestoredFile(_folder.TemporaryPath);
        var change = new RestoreChange(_host, id, file.Path);
        await using var ownsChange = change.ConfigureAwait(false);
        _ = await change.OpenAsync(cancellation).ConfigureAwait(false);
        change.BeginReadAheadForCheck();
        change.Pages = await BuildChangedAsync(id, target, since, reading, file, cancellation).ConfigureAwait(false);
        if (change.Pages is null)
        {
            return default;
        }

        var (result, problem) = await ApplyAsync(change, target.Bookmark, newest.Last, cancellation).ConfigureAwait(false);
        if (problem is not null)
        {
            EngineLog.RestoredAsAWhole(_logger, id, problem);
        }

        return (result, IsOutdated: result is null && problem is null);
    }

    private async Task<RestoreResult> RestoreWholeAsync(DatabaseId id, HeldTarget held, CancellationToken cancellation)
    {
        var (reading, target, locator, _) = held;
        using var file = new RestoredFile(_folder.TemporaryPath);
        var change = new RestoreChange(_host, id, file.Path);
        await using var ownsChange = change.ConfigureAwait(false);
        _ = await change.OpenAsync(cancellation).ConfigureAwait(false);
        change.BeginReadAhead();
        await BuildAsync(id, target, locator, reading, file, isDurable: false, cancellation, change.CompareAhead).ConfigureAwait(false);
        return (await ApplyAsync(change, target.Bookmark, expected: null, cancellation).ConfigureAwait(false)).Result!;
    }

    /// <summary>The blocks that say which pages have changed since; null when they are longer than the database.</summary>
    private IReadOnlyList<PlacedEntry>? BlocksSince(DatabaseId id, RestoreTarget target, in CommitRun newest, HistoryReading reading)
    {
        if (newest.Epoch != _epoch || target.Bookmark.Epoch != _epoch || target.Bookmark.Number >= newest.Last
            || target.Plans is not [{ } plan, ..] || (plan.Snapshot.Count == 0 && plan.Number == 0))
        {
            return null;
        }

        IReadOnlyList<PlacedEntry>? blocks;
        try
        {
            blocks = reading.Find(id).BlocksBetween(_epoch, target.Bookmark.Number, newest.Last, reading.Holds);
        }
        catch (PackDamagedException)
        {
            return null;
        }

        // What leads to the moment is read either way. Who knows what has changed need not write and compare the rest.
        return blocks is [.., { Entry: var last }]
            && ChangedPages.BytesToRead(blocks, target.Bookmark.Number, reading) <= (long)last.SizeAfterPages * last.PageBytes
            ? blocks : null;
    }

    /// <summary>Puts the pages together that have changed, and says which; null when too many have, or a pack can not be read.</summary>
    private async Task<IReadOnlyList<uint>?> BuildChangedAsync(DatabaseId id, RestoreTarget target, IReadOnlyList<PlacedEntry> since,
        HistoryReading reading, RestoredFile file, CancellationToken cancellation)
    {
        try
        {
            return await OwnThread.RunAsync(
                () =>
                {
                    var changed = ChangedPages.Read(since, target.Bookmark.Number, reading);
                    return changed.Count > ChangedPartMax * since[^1].Entry.SizeAfterPages
                        ? null
                        : new DatabaseBuilder(id, reading.Open).BuildChanged(target.Plans[0], changed, file.Path);
                },
                cancellation).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.Corruption)
        {
            // There may be another way to all of it, and if there is none it says so.
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NoRoom(id, error);
        }
    }

    /// <summary>Through the normal path of commits: the writer is held, and what it commits goes into the log.</summary>
    /// <param name="change">What to do.</param>
    /// <param name="target">The bookmark of what the database will be.</param>
    /// <param name="expected">Number of the newest commit for which the change is right; null for any.</param>
    /// <param name="cancellation">Gives up before anything is changed.</param>
    /// <returns>The bookmarks, which are kept; or why the result would not be whole; or neither when another commit was expected.</returns>
    private async Task<(RestoreResult? Result, string? Problem)> ApplyAsync(
        RestoreChange change, Bookmark target, ulong? expected, CancellationToken cancellation)
    {
        var database = await change.OpenAsync(cancellation).ConfigureAwait(false);
        await change.Ahead.ConfigureAwait(false);
        _ = Known(database.Id);
        database.Writer.CheckRoom();
        Bookmark before;
        Task remembered;
        using (var lease = await database.Writer.AcquireAsync(cancellation).ConfigureAwait(false))
        {
            var previous = _store!.NumberOf(database.Id);
            if (expected is not null && expected != previous)
            {
                return default;
            }

            // Nobody has to wait in the end for what becomes durable while pages are written.
            before = Bookmark.Of(database.Id, _epoch, previous);
            remembered = Task.WhenAll(RememberAsync(target, database.Id), RememberAsync(before, database.Id));
            if (await OwnThread.RunAsync(() => Apply(change, database, lease), CancellationToken.None).ConfigureAwait(false)
                is { } problem)
            {
                return (null, problem);
            }
        }

        var current = Bookmark.Of(database.Id, _epoch, _store.NumberOf(database.Id));
        await Task.WhenAll(database.Gate.WaitAsync().AsTask(), remembered).ConfigureAwait(false);
        return (new RestoreResult(target, before, current) { IsWhole = change.Pages is null }, null);
    }

    private string? Apply(RestoreChange change, Database database, WriterLease lease)
    {
        var committed = false;
        try
        {
            return change.Run(() =>
            {
                database.Gate.CommitStarting();
                database.Clock.CommitStarting();
                committed = true;
            });
        }
        catch (EngineException error) when (change.Pages is not null && !committed && error.Kind == EngineErrorKind.Corruption)
        {
            return error.Message;
        }
        finally
        {
            if (committed)
            {
                // The writer sees the commit of the other connection only when it looks; then its end puts it into the log.
                Refresh(lease);
            }
        }
    }

    private void Refresh(WriterLease lease)
    {
        try
        {
            var native = lease.Connection.Native;
            native.Execute("BEGIN");
            _ = native.QueryInteger("SELECT count(*) FROM sqlite_schema");
            lease.Connection.NoteSize(native.GetSize().UsedBytes);
            native.EndRead();
        }
        catch (SqliteException error)
        {
            _store!.Abort(error);
            throw;
        }
    }
}

using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.History;

/// <content>Shows that what is in history can be restored, by restoring some of it.</content>
public sealed partial class TimeTravel
{
    /// <summary>Databases larger than this are restored and checked, but not compared with what is live. Units: bytes.</summary>
    private const long ComparedBytesMax = 512 * 1024 * 1024;

    /// <summary>
    /// Restores a random sample into scratch files and looks at them: of each database what it is now, compared with itself at the
    /// same commit, and one older state. A pack that may have more of it and can not be read is a failure, too. Databases are left as
    /// they are.
    /// </summary>
    /// <param name="sample">How many databases; at least 1.</param>
    /// <param name="seed">Chooses databases and moments.</param>
    /// <param name="account">Whose databases; null for those of all, which alone makes the node's metric young.</param>
    /// <param name="cancellationToken">Gives up between databases.</param>
    /// <exception cref="EngineException">No history is kept.</exception>
    public async Task<RestoreProof> ProveAsync(int sample, int seed, string? account = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sample, 1);
        _ = Keeper;
        var random = new Random(seed);
        var databases = (account is null ? _catalog.ListAccounts() : [account])
            .SelectMany(owner => _catalog.List(owner, nameContains: null, page: 1, perPage: int.MaxValue).Databases).ToArray();
        random.Shuffle(databases);
        var checks = new List<RestoreCheck>();
        foreach (var database in databases.Take(sample))
        {
            cancellationToken.ThrowIfCancellationRequested();
            checks.AddRange(await ProveAsync(database, random, cancellationToken).ConfigureAwait(false));
        }

        var proof = new RestoreProof(seed, checks);
        foreach (var failed in checks.Where(static check => check.Problem is not null))
        {
            _metrics.ProofFailed();
            EngineLog.RestoreNotProven(_logger, failed.Database.Id, failed.Problem!);
        }

        if (proof.IsGood && account is null)
        {
            await _catalog.History.NoteProofAsync(_options.TimeProvider.GetUtcNow()).ConfigureAwait(false);
        }

        return proof;
    }

    private async Task<IReadOnlyList<RestoreCheck>> ProveAsync(DatabaseRecord database, Random random, CancellationToken cancellation)
    {
        var checks = new List<RestoreCheck>();
        try
        {
            var (newest, live) = await DigestLiveAsync(database.Id, cancellation).ConfigureAwait(false);
            using var reading = await ReadAsync(database.Id, cancellation).ConfigureAwait(false);
            if (ProblemOfPacks(database.Id, reading) is { } problem)
            {
                checks.Add(new RestoreCheck { Database = database, Problem = problem });
            }

            foreach (var (bookmark, expected) in new (Bookmark?, DatabaseDigest?)[]
                { (newest, live), (OlderState(database.Id, newest, reading, random), null) })
            {
                if (bookmark is { } state
                    && await ProveAsync(database, state, expected, reading, cancellation).ConfigureAwait(false) is { } check)
                {
                    checks.Add(check);
                }
            }
        }
        catch (EngineException) when (_catalog.Find(database.Id) is null)
        {
            // It was deleted meanwhile.
            return [];
        }
        catch (EngineException error) when (error.Kind is not EngineErrorKind.ShuttingDown)
        {
            checks.Add(new RestoreCheck { Database = database, Problem = error.Message });
        }

        return checks;
    }

    /// <summary>Restores one state and looks at it; null when history need not have anything of the database yet.</summary>
    private async Task<RestoreCheck?> ProveAsync(
        DatabaseRecord database, Bookmark bookmark, DatabaseDigest? expected, HistoryReading reading, CancellationToken cancellation)
    {
        var started = _options.TimeProvider.GetTimestamp();
        var check = new RestoreCheck { Database = database, Bookmark = bookmark, IsCompared = expected is not null };
        await BeginRestoreAsync(cancellation).ConfigureAwait(false);
        try
        {
            var moment = RestoreMoment.At(bookmark.ToString());
            var (target, locator) = await LocateAsync(database.Id, moment, reading, cancellation).ConfigureAwait(false);
            if (target.Plans.Count == 0)
            {
                return !HasToHave(bookmark, database.Id, reading) ? null : check with
                {
                    IsCompared = false,
                    Problem = $"packs do not have all that leads to what it is now, commit {bookmark.Number}",
                };
            }

            using var file = new RestoredFile(_folder.TemporaryPath);
            await BuildAsync(database.Id, target, locator, reading, file, isDurable: false, cancellation).ConfigureAwait(false);
            var found = await OwnThread.RunAsync(() => DigestFile(file.Path, cancellation), cancellation).ConfigureAwait(false);
            check = check with
            {
                Tables = found.Tables,
                Rows = found.Rows,
                Hash = found.Hash,
                Problem = expected is null || expected == found ? null
                    : $"history has {found.Rows} rows in {found.Tables} tables with hash {found.Hash}, and the database at the same "
                        + $"commit {expected.Rows} in {expected.Tables} with hash {expected.Hash}",
            };
        }
        catch (EngineException error) when (error.Kind is EngineErrorKind.Corruption or EngineErrorKind.NotRestorable)
        {
            check = check with { Problem = error.Message };
        }
        finally
        {
            _restores.Release();
        }

        return check with { Took = _options.TimeProvider.GetElapsedTime(started) };
    }

    /// <summary>What is wrong with packs that have something of a database, or may have; null when nothing is.</summary>
    private static string? ProblemOfPacks(DatabaseId id, HistoryReading reading)
    {
        var problems = new List<string>();
        foreach (var pack in reading.Find(id).Blocks.Select(static placed => placed.Pack).Distinct())
        {
            try
            {
                // That its index is in memory does not say that its file is there.
                reading.Open(pack).Dispose();
            }
            catch (EngineException error)
            {
                problems.Add(error.Message);
            }
        }

        problems.AddRange(reading.Unreadable.Select(static one => one.Error.Message));
        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    /// <summary>Whether packs should have what a database is now: not when history begins only with its next snapshot.</summary>
    private bool HasToHave(Bookmark newest, DatabaseId id, HistoryReading reading)
    {
        var blocks = reading.Find(id).Blocks.ToArray();
        return newest.Number > 0 && !Keeper.Awaited.List().Contains(id)
            && (blocks.Length == 0 ? _catalog.History.IsBorn(id) : Array.Exists(blocks, placed => placed.Entry.Epoch == newest.Epoch));
    }

    /// <summary>A state at random that can be put together; null when there is no other than the newest.</summary>
    private static Bookmark? OlderState(DatabaseId id, Bookmark newest, HistoryReading reading, Random random)
    {
        var history = reading.Find(id);
        var states = history.Blocks.Select(static placed => (placed.Entry.Epoch, placed.Entry.Last)).Distinct()
            .Where(state => state != (newest.Epoch, newest.Number)).ToArray();
        random.Shuffle(states);
        foreach (var (epoch, number) in states)
        {
            if (history.Plans(epoch, number, reading.Holds).Any())
            {
                return Bookmark.Of(id, epoch, number);
            }
        }

        return null;
    }

    /// <summary>What a database is and holds; writes wait only until the reader has begun.</summary>
    private async Task<(Bookmark Bookmark, DatabaseDigest? Digest)> DigestLiveAsync(DatabaseId id, CancellationToken cancellation)
    {
        var database = await _host.AcquireAsync(id, cancellation).ConfigureAwait(false);
        try
        {
            return await database.ReadCommitAsync(
                () => Bookmark.Of(id, _epoch, _store!.NumberOf(id)),
                static (connection, bookmark) => (bookmark,
                    connection.GetSize().FileBytes > ComparedBytesMax ? null : DatabaseDigest.Of(connection)),
                cancellation).ConfigureAwait(false);
        }
        finally
        {
            _host.Release(database);
        }
    }

    private static DatabaseDigest DigestFile(string path, CancellationToken cancellation)
    {
        var status = SqliteConnection.Open(path, SqliteOpenMode.Immutable, out var connection);
        using (connection)
        {
            try
            {
                if (connection is null)
                {
                    throw new SqliteException(status, "it can not be opened");
                }

                connection.BeginRun(TimeSpan.FromDays(1), cancellation);
                return connection.QueryInteger("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0
                    ? DatabaseDigest.Of(connection)
                    : throw new EngineException(EngineErrorKind.Corruption, "what was restored fails integrity_check");
            }
            catch (SqliteException error)
            {
                cancellation.ThrowIfCancellationRequested();
                throw new EngineException(EngineErrorKind.Corruption, $"what was restored can not be read: {error.Message}",
                    innerException: error);
            }
        }
    }
}

using System.Globalization;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.History.Stores;

/// <summary>Makes a node's data folder from a history store: catalog, databases, and their history.</summary>
/// <remarks>
/// Safe to repeat: packs that are there are verified and kept, all else is made again. Until it is done the folder can not be
/// served. Nothing in the store changes. Thread: one run.
/// </remarks>
public sealed class NodeRestore
{
    private const int NewerStatesMax = 5;
    private const int TailsAtOnceMax = 8;

    private readonly NodeRestoreOptions _options;
    private readonly IProgress<NodeRestoreProgress> _progress;
    private readonly RetryingObjectStore _store;
    private readonly BucketReader _reader;
    private readonly SortedDictionary<string, string> _reasons = new(StringComparer.Ordinal);
    private readonly List<PackInfo> _damaged = [];
    private long _fetched;

    private NodeRestore(NodeRestoreOptions options, IProgress<NodeRestoreProgress> progress)
    {
        _options = options;
        _progress = progress;
        _store = new RetryingObjectStore(options.Store, options.TimeProvider, options.StoreRetryPause);
        _reader = new BucketReader(_store);
    }

    /// <summary>Makes the folder.</summary>
    /// <exception cref="EngineException">
    /// The folder is not empty, the store is empty or can not be read, or what is wanted is not in it; packs that are missing or
    /// damaged are named, with the nearest states.
    /// </exception>
    public static async Task<NodeRestoreResult> RunAsync(NodeRestoreOptions options, IProgress<NodeRestoreProgress> progress,
        CancellationToken cancellationToken = default)
    {
        var restore = new NodeRestore(options, progress);
        var state = await restore._reader.FindNewestAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new EngineException(EngineErrorKind.InvalidArgument, $"there is no history in {options.Store.Address}",
                "Give the address that `shoal serve --history-store` had; it holds steps/, packs/ and catalogs/.");
        if (options.At >= options.TimeProvider.GetUtcNow())
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, "the moment to restore to is not past yet",
                "Leave it out for the newest.");
        }

        var root = Path.GetFullPath(options.DataFolder);
        if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any()
            && !File.Exists(Path.Combine(root, DataFolder.RestoreName)))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, $"the folder {root} is not empty",
                "Nothing was changed. Give a folder that is empty or missing.");
        }

        try
        {
            DataFolder.CreateDirectory(root);
            DataFolder.WriteDurably(root, DataFolder.RestoreName, $"from {options.Store.Address}\n");
            using var folder = DataFolder.Open(root, isRestore: true);
            return await restore.RunAsync(folder, state, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable, $"the data folder {root} can not be made: {error.Message}",
                "Free disk space or fix its permissions, then run the same command again: it goes on where it was.", innerException: error);
        }
    }

    private async Task<NodeRestoreResult> RunAsync(DataFolder folder, BucketState state, CancellationToken cancellation)
    {
        RemoveOld(folder);
        using var catalogFile = new RestoredFile(folder.TemporaryPath);
        (state, var manifest) = await FetchAsync(folder, state, catalogFile.Path, cancellation).ConfigureAwait(false);
        var history = HistoryFolder.Create(folder.HistoryPath, manifest);
        IReadOnlyList<RestoredDatabase> restored;
        IReadOnlyList<string> awaited;
        uint epoch;
        using (var catalog = RestoredCatalog.Open(catalogFile.Path))
        {
            epoch = catalog.NextEpoch;
            awaited = catalog.ListAwaited(_options.At);
            var wanted = Choose(catalog.List(_options.At));
            restored = new DatabaseRebuilder(folder, history, manifest, _damaged, _options, _progress).Run(wanted, cancellation);
            var problems = restored.Where(static one => one.Problem is not null).ToArray();
            if (_damaged.Count > 0 && problems.Length > 0 && !_options.Nearest)
            {
                throw Refusal(problems);
            }

            catalog.Finish(restored.Where(static one => one.Number is not null)
                .ToDictionary(static one => one.Database.Id, static one => one.Number!.Value), epoch);
        }

        catalogFile.UseWal();
        folder.SetDurability(DurabilityMode.Log);
        if (_options.Databases.Count == 0)
        {
            // It can go on where the lost node was; a part of a node can not.
            new StoreNote(DatabaseId.NewRandom().Value, state.Head.Node, state.Newest, epoch).Save(folder.HistoryPath);
        }

        File.Move(catalogFile.Path, folder.CatalogPath, overwrite: false);
        DirectorySync.Flush(folder.Root);
        File.Delete(folder.RestorePath);
        DirectorySync.Flush(folder.Root);
        return new NodeRestoreResult(restored.Count(static one => one.Number is not null), restored.Sum(static one => one.Bytes),
            manifest.Packs.Count, Interlocked.Read(ref _fetched), MomentLocator.ToTime(state.Head.Time), [.. _reasons.Select(Text)],
            [.. restored.Where(static one => one.Problem is not null).Select(static one => one.Problem!),
                .. awaited.Where(IsWanted).Select(static name => $"{name}: its first snapshot was not in the store yet")]);
    }

    private static string Text(KeyValuePair<string, string> pack) => $"{pack.Key} ({pack.Value})";

    /// <summary>All but packs, which are verified, is made again.</summary>
    private static void RemoveOld(DataFolder folder)
    {
        Directory.Delete(folder.DatabasesPath, recursive: true);
        DataFolder.CreateDirectory(folder.DatabasesPath);
        File.Delete(folder.CatalogPath);
        DataFolder.CreateDirectory(folder.HistoryPath);
    }

    /// <summary>Fetches a state whole; a newer one, if the node is alive and has deleted something of it meanwhile.</summary>
    private async Task<(BucketState State, HistoryManifest Manifest)> FetchAsync(
        DataFolder folder, BucketState state, string catalogPath, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            // The catalog first: it is deleted as soon as another one is stored, and packs take long.
            var noCatalog = await FetchCatalogAsync(state.Manifest, catalogPath, cancellation).ConfigureAwait(false);
            var manifest = noCatalog is null ? await FetchPacksAsync(folder, state, cancellation).ConfigureAwait(false) : null;
            var newer = manifest is not null && _damaged.Count == 0 ? null
                : await _reader.FindNewestAsync(cancellation).ConfigureAwait(false);
            if (newer is null || newer.Head.Manifest == state.Head.Manifest || attempt == NewerStatesMax)
            {
                return (state, manifest ?? throw noCatalog!);
            }

            state = newer;
        }
    }

    private async Task<HistoryManifest> FetchPacksAsync(DataFolder folder, BucketState state, CancellationToken cancellation)
    {
        _damaged.Clear();
        _reasons.Clear();
        Interlocked.Exchange(ref _fetched, 0);
        var total = state.Manifest.Packs.Sum(static pack => pack.Info.Bytes);
        using var fetcher = new PackFetcher(_store, folder.HistoryPath,
            bytes => _progress.Report(new NodeRestoreProgress("Fetching packs", Interlocked.Add(ref _fetched, bytes), total)));
        foreach (var (name, why) in await fetcher.RunAsync(state.Manifest.Packs, cancellation).ConfigureAwait(false))
        {
            _reasons.Add(name, why);
            _damaged.Add(state.Manifest.Packs.First(pack => pack.Info.Name == name).Info);
        }

        var tails = await FetchTailsAsync(folder.HistoryPath, state, cancellation).ConfigureAwait(false);
        var packs = state.Manifest.Packs.Select(static pack => pack.Info).Where(pack => !_reasons.ContainsKey(pack.Name))
            .Concat(tails).ToList();

        // The new node's log begins anew: nothing of it is in packs.
        var next = state.Manifest.NextPack + (ulong)state.Tails.Count + (state.Newest - state.Head.Manifest);
        return new HistoryManifest(LogPosition.Zero, next, state.Manifest.Began, packs)
        {
            Clock = state.Manifest.Clock,
        };
    }

    private async Task<List<PackInfo>> FetchTailsAsync(string folder, BucketState state, CancellationToken cancellation)
    {
        var behind = Enumerable.Range(1, (int)(state.Newest - state.Head.Manifest)).Select(step => state.Head.Manifest + (ulong)step);
        var numbers = state.Tails.Concat(behind).Distinct().Order().ToArray();
        var packs = new PackInfo?[numbers.Length];
        await Parallel.ForAsync(0, numbers.Length,
            new ParallelOptions { MaxDegreeOfParallelism = TailsAtOnceMax, CancellationToken = cancellation },
            async (index, token) =>
            {
                var number = numbers[index];
                try
                {
                    var (_, content) = state.Steps.TryGetValue(number, out var bytes)
                        ? await _reader.ReadStepAsync(number, bytes, token).ConfigureAwait(false)
                        : throw _reader.Damaged(BucketNames.Step(number), "it is missing");
                    Interlocked.Add(ref _fetched, content.Length);
                    packs[index] = Save(folder, state.Manifest.NextPack + (ulong)index, content);
                }
                catch (EngineException error) when (error.Kind == EngineErrorKind.Corruption)
                {
                    lock (_damaged)
                    {
                        _reasons.Add(BucketNames.Step(number), error.Message);
                        _damaged.Add(new PackInfo(BucketNames.Step(number), 0, 0, long.MaxValue));
                    }
                }
            }).ConfigureAwait(false);
        return [.. packs.OfType<PackInfo>()];
    }

    private static PackInfo Save(string folder, ulong serial, byte[] content)
    {
        if (content.Length < PackHeader.Bytes || !PackHeader.Verifies(content))
        {
            throw PackReader.Damaged(string.Create(CultureInfo.InvariantCulture, $"{serial}"), "its header does not verify");
        }

        var name = HistoryFolder.NameOf(serial, PackHeader.Read(content));
        var path = Path.Combine(folder, name);
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        using var pack = PackReader.Open(path);
        var entries = pack.ReadIndex().ToList();
        return new PackInfo(name, content.Length, entries.Min(static entry => entry.FirstTime),
            entries.Max(static entry => entry.LastTime));
    }

    /// <summary>Fetches the catalog. Gives the error when it is missing or damaged.</summary>
    private async Task<EngineException?> FetchCatalogAsync(BucketManifest manifest, string path, CancellationToken cancellation)
    {
        var name = BucketNames.Catalog(manifest.Catalog);
        byte[] stored;
        try
        {
            stored = await _reader.ReadAsync(name, 0, checked((int)manifest.CatalogBytes), cancellation).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.Corruption)
        {
            return error;
        }

        if (Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stored)) != manifest.Catalog)
        {
            return _reader.Damaged(name, "its content does not have the hash that it is named by");
        }

        // Over that of an older state.
        var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        await using var closing = file.ConfigureAwait(false);
        await file.WriteAsync(CatalogCopier.Decompress(stored), cancellation).ConfigureAwait(false);
        return null;
    }

    private bool IsWanted(string name) => _options.Databases.Count == 0 || _options.Databases.Contains(name);

    private IReadOnlyList<RestorableDatabase> Choose(IReadOnlyList<RestorableDatabase> all)
    {
        if (_options.Databases.Count == 0)
        {
            return all;
        }

        var chosen = new List<RestorableDatabase>();
        foreach (var name in _options.Databases)
        {
            var found = all.Where(one => one.Name == name || one.Id.ToString() == name).ToArray();
            chosen.AddRange(found.Length > 0 ? found : throw new EngineException(EngineErrorKind.DatabaseNotFound,
                $"the store {_store.Address} has no database \"{name}\"{(_options.At is null ? "" : " of that time")}",
                "Names are written exactly; without --database all are restored."));
        }

        return [.. chosen.DistinctBy(static one => one.Id).OrderBy(static one => one.Id.Value)];
    }

    private EngineException Refusal(IReadOnlyList<RestoredDatabase> problems)
    {
        const int ShownMax = 10;
        var packs = string.Join("; ", _reasons.Take(ShownMax).Select(Text));
        var databases = string.Join("; ", problems.Take(ShownMax).Select(static one => one.Problem));
        var more = problems.Count > ShownMax ? $"; and {problems.Count - ShownMax} more" : "";
        return new EngineException(EngineErrorKind.Corruption,
            $"packs of {_store.Address} can not be used: {packs}. {databases}{more}",
            "Nothing is restored yet, and what was fetched stays. --nearest gives each database the nearest state before the damage; "
            + "--at TIME restores all of them to a moment before it.");
    }
}

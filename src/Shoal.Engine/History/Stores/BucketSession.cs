using System.Security.Cryptography;
using System.Text;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History.Stores;

/// <summary>A history store that this node owns, and writes to step by step.</summary>
/// <remarks>
/// Each step is created under the next number, which only one node can do: whoever finds it taken has lost the store, and never
/// writes to it again. A step names only what is there before it; what it does not name any more is deleted after it, when the store
/// has no newer step. Thread: one.
/// </remarks>
internal sealed class BucketSession
{
    private const int UploadsAtOnceMax = 4;

    /// <summary>Steps that nobody needs stay for so long, so that a node that slept finds its next number taken.</summary>
    private static readonly TimeSpan StepsKept = TimeSpan.FromHours(1);

    private readonly RetryingObjectStore _store;
    private readonly BucketReader _reader;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly Queue<(ulong Number, long Since)> _steps = [];
    private readonly Dictionary<string, StoredPack> _packs = new(StringComparer.Ordinal);
    private List<StoredTail> _tails = [];
    private StoreNote _note;
    private ulong _newest;
    private ulong _manifestNumber;
    private long _writtenAt;
    private DateTimeOffset _writtenTime;

    private BucketSession(RetryingObjectStore store, string folder, TimeProvider time, StoreNote note, BucketState? state)
    {
        _store = store;
        _reader = new BucketReader(store);
        _folder = folder;
        _time = time;
        _note = note;
        (_writtenAt, _writtenTime) = (time.GetTimestamp(), time.GetUtcNow());
        _newest = state?.Newest ?? 0;
        _manifestNumber = state?.Head.Manifest ?? 0;
        foreach (var pack in state?.Manifest.Packs ?? [])
        {
            _packs.Add(pack.Info.Name, pack);
        }

        foreach (var number in state?.Steps.Keys ?? [])
        {
            _steps.Enqueue((number, _writtenAt));
        }
    }

    /// <summary>What this session has written last; null at its beginning.</summary>
    public BucketManifest? Manifest { get; private set; }

    /// <summary>Commits before this position are in tails or packs of the store.</summary>
    public LogPosition SentTo { get; private set; }

    /// <summary>The epoch for which every database is known to have a base; 0 for none.</summary>
    public uint Bases => _note.Bases;

    /// <summary>Takes a store, if it is this node's, or empty.</summary>
    /// <exception cref="EngineException">It is another node's, or can not be used.</exception>
    public static async Task<BucketSession> OpenAsync(
        RetryingObjectStore store, string folder, TimeProvider time, CancellationToken cancellation)
    {
        var note = StoreNote.Read(folder);
        var state = await new BucketReader(store).FindNewestAsync(cancellation).ConfigureAwait(false);
        if (state is null)
        {
            note = new StoreNote(DatabaseId.NewRandom().Value, From: null, Step: 0, note?.Bases ?? 0);
            note.Save(folder);
        }
        else if (note is null || (state.Head.Node != note.Node && state.Head.Node != note.From))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument,
                $"the history store {store.Address} holds the history of another node",
                "Give this node a prefix of its own. To go on in place of that node, make the data folder from the store: "
                + $"shoal restore --from {store.Address} --to DIR");
        }
        else if (state.Newest > note.Step
            && !(state.Head.Node == note.Node && note.From is not null && state.Newest == note.Step + 1))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument,
                state.Head.Node == note.Node
                    ? $"the data folder is older than what it has stored in {store.Address}: it is a copy, or was put back"
                    : $"the node that this data folder was restored from has gone on since in {store.Address}",
                $"Make it again from the store: shoal restore --from {store.Address} --to DIR. Or give a store that is empty.");
        }

        return new BucketSession(store, folder, time, note, state);
    }

    /// <summary>Notes that every database has a base in packs.</summary>
    public void NoteBases(uint epoch)
    {
        _note = _note with { Bases = epoch };
        _note.Save(_folder);
    }

    /// <summary>Uploads packs that the store does not have.</summary>
    /// <param name="packs">All that count.</param>
    /// <param name="pathOf">Where they are; they must stay meanwhile.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task UploadAsync(IEnumerable<PackInfo> packs, Func<string, string> pathOf, CancellationToken cancellation)
    {
        var missing = packs.Where(pack => !_packs.ContainsKey(pack.Name)).ToArray();
        var gate = new Lock();
        await Parallel.ForEachAsync(missing,
            new ParallelOptions { MaxDegreeOfParallelism = UploadsAtOnceMax, CancellationToken = cancellation },
            async (pack, token) =>
            {
                var stored = new StoredPack(pack, await UploadAsync(pack, pathOf(pack.Name), token).ConfigureAwait(false));
                lock (gate)
                {
                    _packs[pack.Name] = stored;
                }
            }).ConfigureAwait(false);
    }

    /// <summary>Uploads a copy of the catalog, if the newest manifest names another one.</summary>
    public async Task UploadAsync(CatalogCopy catalog, CancellationToken cancellation)
    {
        if (Manifest?.Catalog != catalog.Hash)
        {
            // It is named by its content: one that is there already is the same.
            await CreateAsync(BucketNames.Catalog(catalog.Hash), catalog.Stored, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what counts, if that has changed, and deletes what does not count any more.</summary>
    /// <param name="local">The node's manifest; its packs are uploaded.</param>
    /// <param name="catalog">The catalog; uploaded.</param>
    /// <param name="time">All commits until then are in it. Units: microseconds since 1970.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="StoreFencedException">Another node has gone on with the store; nothing of it is deleted.</exception>
    public async Task<bool> WriteManifestAsync(HistoryManifest local, CatalogCopy catalog, long time, CancellationToken cancellation)
    {
        var before = Manifest;
        SentTo = local.Sealed > SentTo ? local.Sealed : SentTo;
        if (before is not null && before.Catalog == catalog.Hash
            && before.Packs.Select(static pack => pack.Info.Name).SequenceEqual(local.Packs.Select(static pack => pack.Name)))
        {
            return false;
        }

        _tails.RemoveAll(tail => tail.End <= local.Sealed);
        var next = new BucketManifest(local.Sealed, local.NextPack, local.Began, local.Clock, catalog.Hash, catalog.Stored.Length,
            [.. local.Packs.Select(pack => _packs[pack.Name])], [.. _tails]);
        await WriteStepAsync(StepKind.Manifest, Encoding.UTF8.GetBytes(next.ToString()), time, cancellation).ConfigureAwait(false);
        Manifest = next;
        await DeleteUnnamedAsync(before, next, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>Writes commits that are in no pack of the node yet.</summary>
    public async Task WriteTailAsync(byte[] pack, LogPosition end, long time, CancellationToken cancellation)
    {
        if (pack.Length > 0)
        {
            await WriteStepAsync(StepKind.Tail, pack, time, cancellation).ConfigureAwait(false);
            _tails.Add(new StoredTail(_newest, end));
        }

        SentTo = end;
    }

    private async Task WriteStepAsync(StepKind kind, byte[] content, long time, CancellationToken cancellation)
    {
        // One clock stands still while a machine is suspended; the other one can be set back.
        if (_time.GetElapsedTime(_writtenAt) > StepsKept / 2 || _time.GetUtcNow() - _writtenTime > StepsKept / 2)
        {
            await CheckOwnerAsync(cancellation).ConfigureAwait(false);
        }

        var number = _newest + 1;
        var manifest = kind == StepKind.Manifest ? number : _manifestNumber;
        if (_note.From is null)
        {
            // Noted first: a stop behind the creation must not make the store look newer than the folder.
            _note = _note with { Step = number };
            _note.Save(_folder);
        }

        var step = StepHeader.Compose(kind, number, manifest, _note.Node, time, content);
        if (!await _store.CreateAsync(BucketNames.Step(number), step, cancellation).ConfigureAwait(false))
        {
            throw (await _reader.ReadHeadAsync(number, cancellation).ConfigureAwait(false)).Node == _note.Node
                ? new ObjectStoreException($"step {number} of {_store.Address} was written by an earlier attempt", hint: null,
                    mayPass: true)
                : new StoreFencedException(_store.Address);
        }

        _newest = number;
        _manifestNumber = manifest;
        (_writtenAt, _writtenTime) = (_time.GetTimestamp(), _time.GetUtcNow());
        _steps.Enqueue((number, _writtenAt));
        if (_note.From is not null)
        {
            _note = _note with { From = null, Step = number };
            _note.Save(_folder);
        }
    }

    /// <summary>
    /// Whoever has slept for long could find a number free again that was taken and deleted meanwhile. Cost: a list of the steps.
    /// </summary>
    private async Task CheckOwnerAsync(CancellationToken cancellation)
    {
        var steps = await _reader.ListStepsAsync(cancellation).ConfigureAwait(false);
        if (steps.Keys.LastOrDefault() != _newest)
        {
            throw new StoreFencedException(_store.Address);
        }
    }

    private async Task<string> UploadAsync(PackInfo pack, string path, CancellationToken cancellation)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[(int)Math.Min(BucketNames.PartBytes, pack.Bytes)];
        for (var index = 0; index < BucketNames.PartsOf(pack.Bytes); index++)
        {
            var offset = (long)index * BucketNames.PartBytes;
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, pack.Bytes - offset));
            for (var done = 0; done < part.Length;)
            {
                var count = RandomAccess.Read(file, part.Span[done..], offset + done);
                done += count > 0 ? count : throw PackReader.Damaged(path, "it is shorter than the manifest says");
            }

            hash.AppendData(part.Span);
            await CreateAsync(BucketNames.Part(pack.Name, index), part, cancellation).ConfigureAwait(false);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What a stop has left under a name that no manifest has named is replaced.</summary>
    private async Task CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (await _store.CreateAsync(name, content, cancellation).ConfigureAwait(false)
            || await _store.HasContentAsync(name, content, cancellation).ConfigureAwait(false))
        {
            return;
        }

        await CheckOwnerAsync(cancellation).ConfigureAwait(false);
        await _store.DeleteAsync(name, cancellation).ConfigureAwait(false);
        if (!await _store.CreateAsync(name, content, cancellation).ConfigureAwait(false))
        {
            throw new StoreFencedException(_store.Address);
        }
    }

    private async Task DeleteUnnamedAsync(BucketManifest? before, BucketManifest next, CancellationToken cancellation)
    {
        var there = before is null ? await ListAsync(cancellation).ConfigureAwait(false) : NamesOf(before);
        var unnamed = there.Except(NamesOf(next)).ToArray();
        if (unnamed.Length > 0)
        {
            // Both clocks may have stood still, as those of a machine that is put back to a moment: only the store knows who is newest.
            await CheckOwnerAsync(cancellation).ConfigureAwait(false);
        }

        foreach (var name in unnamed)
        {
            await _store.DeleteAsync(name, cancellation).ConfigureAwait(false);
        }

        foreach (var pack in _packs.Keys.Except(next.Packs.Select(static pack => pack.Info.Name)).ToArray())
        {
            _packs.Remove(pack);
        }

        // They are older than any step of another node, whose manifests name only its own.
        var needed = next.Tails.Select(static tail => tail.Number).ToHashSet();
        for (var count = _steps.Count; count > 0; count--)
        {
            var (number, since) = _steps.Dequeue();
            if (number >= _manifestNumber || needed.Contains(number) || _time.GetElapsedTime(since) < StepsKept)
            {
                _steps.Enqueue((number, since));
            }
            else
            {
                await _store.DeleteAsync(BucketNames.Step(number), cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What is there, also what earlier processes have uploaded and not named, or not named any more and not deleted.</summary>
    private async Task<List<string>> ListAsync(CancellationToken cancellation)
    {
        var names = new List<string>();
        foreach (var prefix in (string[])[BucketNames.Packs, BucketNames.Catalogs])
        {
            await foreach (var found in _store.ListAsync(prefix, cancellation).ConfigureAwait(false))
            {
                names.Add(found.Name);
            }
        }

        return names;
    }

    /// <summary>The objects that a manifest names, but for steps.</summary>
    private static IEnumerable<string> NamesOf(BucketManifest manifest) => manifest.Packs.Select(static pack => pack.Info)
        .SelectMany(static pack => Enumerable.Range(0, BucketNames.PartsOf(pack.Bytes))
            .Select(index => BucketNames.Part(pack.Name, index)))
        .Append(BucketNames.Catalog(manifest.Catalog));
}

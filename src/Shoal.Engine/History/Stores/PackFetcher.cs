using System.Security.Cryptography;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.History.Stores;

/// <summary>Fetches the packs of a store into a folder: ranges side by side, each pack verified.</summary>
/// <remarks>Cost: eight ranges of 4 MiB in memory. What is there already and has the right hash is not fetched again.</remarks>
internal sealed class PackFetcher(RetryingObjectStore store, string folder, Action<long> fetched) : IDisposable
{
    private const int RangeBytes = 4 * 1024 * 1024;
    private const int RangesAtOnceMax = 8;
    private const string Unfinished = ".new";

    private readonly SemaphoreSlim _ranges = new(RangesAtOnceMax);

    /// <summary>Fetches packs.</summary>
    /// <returns>Those that are missing or damaged, with the reason.</returns>
    /// <exception cref="EngineException">The store can not be read.</exception>
    /// <exception cref="IOException">The folder can not be written.</exception>
    public async Task<IReadOnlyDictionary<string, string>> RunAsync(IReadOnlyList<StoredPack> packs, CancellationToken cancellation)
    {
        var damaged = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(packs,
            new ParallelOptions { MaxDegreeOfParallelism = RangesAtOnceMax, CancellationToken = cancellation },
            async (pack, token) =>
            {
                if (await FetchAsync(pack, token).ConfigureAwait(false) is { } why)
                {
                    lock (damaged)
                    {
                        damaged.Add(pack.Info.Name, why);
                    }
                }
            }).ConfigureAwait(false);
        DirectorySync.Flush(folder);
        return damaged;
    }

    public void Dispose() => _ranges.Dispose();

    private async Task<string?> FetchAsync(StoredPack pack, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, pack.Info.Name);
        if (File.Exists(path) && await HashOfAsync(path, cancellation).ConfigureAwait(false) == pack.Hash)
        {
            fetched(pack.Info.Bytes);
            return null;
        }

        File.Delete(path);
        using (var file = File.OpenHandle(path + Unfinished, FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, pack.Info.Bytes);
            var offsets = new List<long>();
            for (var offset = 0L; offset < pack.Info.Bytes; offset += RangeBytes)
            {
                offsets.Add(offset);
            }

            string? why = null;
            await Parallel.ForEachAsync(offsets,
                new ParallelOptions { MaxDegreeOfParallelism = RangesAtOnceMax, CancellationToken = cancellation },
                async (offset, token) => why = await FetchAsync(pack, offset, file, token).ConfigureAwait(false) ?? why)
                .ConfigureAwait(false);
            if (why is not null)
            {
                return why;
            }

            RandomAccess.FlushToDisk(file);
        }

        if (await HashOfAsync(path + Unfinished, cancellation).ConfigureAwait(false) != pack.Hash)
        {
            return "its content does not have the hash that the manifest says";
        }

        File.Move(path + Unfinished, path);
        return null;
    }

    /// <summary>A range never reaches over the end of a part: a part is a multiple of it.</summary>
    private async Task<string?> FetchAsync(
        StoredPack pack, long offset, Microsoft.Win32.SafeHandles.SafeFileHandle file, CancellationToken cancellation)
    {
        await _ranges.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var range = new byte[(int)Math.Min(RangeBytes, pack.Info.Bytes - offset)];
            var name = BucketNames.Part(pack.Info.Name, (int)(offset / BucketNames.PartBytes));
            var count = await store.ReadAsync(name, offset % BucketNames.PartBytes, range, cancellation).ConfigureAwait(false);
            if (count != range.Length)
            {
                return count < 0 ? $"{name} is missing" : $"{name} is shorter than it should be";
            }

            RandomAccess.Write(file, range, offset);
            fetched(range.Length);
            return null;
        }
        finally
        {
            _ranges.Release();
        }
    }

    private static async Task<string> HashOfAsync(string path, CancellationToken cancellation)
    {
        var file = File.OpenRead(path);
        await using var closing = file.ConfigureAwait(false);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false));
    }
}

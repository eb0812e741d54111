using System.Runtime.CompilerServices;
using Shoal.Engine.Databases;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.History.Stores;

/// <summary>A store that is a folder, as of another disk or a mounted share.</summary>
/// <remarks>An object is a file; it gets its name when it is whole and flushed.</remarks>
public sealed class FolderObjectStore : IObjectStore
{
    private const string Unfinished = ".new";

    private readonly string _root;

    /// <param name="path">The folder; created when missing.</param>
    public FolderObjectStore(string path) => _root = Path.GetFullPath(path);

    /// <inheritdoc/>
    public string Address => _root;

    /// <inheritdoc/>
    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        RunAsync(name, () => Create(PathOf(name), content), cancellationToken);

    /// <inheritdoc/>
    public Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        RunAsync(name, () => Read(PathOf(name), offset, target), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var found in await RunAsync(prefix, () => List(prefix), cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => RunAsync(
        name,
        () =>
        {
            var path = PathOf(name);
            if (File.Exists(path))
            {
                File.Delete(path);
            }

            return true;
        },
        cancellationToken);

    private Task<T> RunAsync<T>(string name, Func<T> work, CancellationToken cancellation) => OwnThread.RunAsync(
        () =>
        {
            try
            {
                return work();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new ObjectStoreException($"{Path.Combine(_root, name)} can not be used: {error.Message}",
                    "Look at the disk or the share, its free space and its permissions.", mayPass: true, error);
            }
        },
        cancellation);

    private static bool Create(string path, ReadOnlyMemory<byte> content)
    {
        if (File.Exists(path))
        {
            return false;
        }

        var folder = Path.GetDirectoryName(path)!;
        DataFolder.CreateDirectory(folder);
        var temporary = $"{path}.{DatabaseId.NewRandom()}{Unfinished}";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(content.Span);
                file.Flush(flushToDisk: true);
            }

            // Refused when the name is taken, also by another machine that shares the folder.
            if (!FileNames.TryRename(temporary, path))
            {
                return false;
            }

            DirectorySync.Flush(folder);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static int Read(string path, long offset, Memory<byte> target)
    {
        if (!File.Exists(path))
        {
            return -1;
        }

        using var file = File.OpenHandle(path);
        var done = 0;
        while (done < target.Length && RandomAccess.Read(file, target.Span[done..], offset + done) is > 0 and var count)
        {
            done += count;
        }

        return done;
    }

    private List<StoredObject> List(string prefix)
    {
        var folder = Path.Combine(_root, Path.GetDirectoryName(prefix) ?? "");
        var found = new List<StoredObject>();
        if (!Directory.Exists(folder))
        {
            return found;
        }

        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(_root, file.FullName);
            if (name.StartsWith(prefix, StringComparison.Ordinal) && !name.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                found.Add(new StoredObject(name, file.Length));
            }
        }

        found.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return found;
    }

    private string PathOf(string name) => Path.Combine(_root, name);
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Shoal.Client.Buffering;

/// <summary>Dead letters in a file: one line each, a checksum and JSON, so that a person and every tool can read it.</summary>
/// <remarks>
/// Thread: safe; one store at a time uses the file. Shape: lines are appended and flushed; a removal is a line too, and the file
/// is written anew when most of it is removed. An end that a crash cut off is cut off when the file is opened.
/// Cost: memory for the ids; letters are read from the file.
/// Source: docs/formats/dead-letters.md.
/// </remarks>
public sealed class FileDeadLetterStore : IDeadLetterStore, IDisposable
{
    private const int ChecksumChars = 8;
    private const long CompactBytesMin = 1024 * 1024;

    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, (long Offset, int Length)> _letters = new(StringComparer.Ordinal);
    private SafeFileHandle _file;
    private long _length;
    private long _live;

    /// <summary>Opens or creates a file.</summary>
    /// <exception cref="IOException">It is in use, or damaged before its end.</exception>
    public FileDeadLetterStore(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        _file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            Load();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Letters in it.</summary>
    public int Count
    {
        get
        {
            _turn.Wait();
            var count = _letters.Count;
            _turn.Release();
            return count;
        }
    }

    /// <inheritdoc/>
    public async Task AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(letters);
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var lines = letters.Select(static letter => Line(DeadLetterJson.Write(letter))).ToArray();
            var offset = _length;
            Append([.. lines.SelectMany(static line => line)]);
            for (var index = 0; index < lines.Length; index++)
            {
                Note(letters[index].Id, offset, lines[index].Length);
                offset += lines[index].Length;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DeadLetter> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        string[] ids;
        try
        {
            ids = [.. _letters.OrderBy(static pair => pair.Value.Offset).Select(static pair => pair.Key)];
        }
        finally
        {
            _turn.Release();
        }

        foreach (var id in ids)
        {
            // One by one: letters that go meanwhile are passed over.
            if (await ReadAsync(id, cancellation).ConfigureAwait(false) is { } letter)
            {
                yield return letter;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<int> RemoveAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var there = ids.Where(_letters.ContainsKey).Distinct(StringComparer.Ordinal).ToArray();
            if (there.Length > 0)
            {
                Append(Line(DeadLetterJson.WriteRemoved(there)));
                Array.ForEach(there, Forget);
                if (_length > CompactBytesMin && _live < _length / 2)
                {
                    Compact();
                }
            }

            return there.Length;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _turn.Dispose();
    }

    private static byte[] Line(byte[] json) =>
    [
        .. Encoding.ASCII.GetBytes(SpoolRecord.Checksum(json).ToString("x8", CultureInfo.InvariantCulture)), (byte)' ', .. json,
        (byte)'\n',
    ];

    private async Task<DeadLetter?> ReadAsync(string id, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _letters.TryGetValue(id, out var at) ? DeadLetterJson.Read(JsonAt(at)).Letter : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    private ReadOnlyMemory<byte> JsonAt((long Offset, int Length) at)
    {
        var line = new byte[at.Length];
        RandomAccess.Read(_file, line, at.Offset);
        return line.AsMemory(ChecksumChars + 1, at.Length - ChecksumChars - 2);
    }

    private void Append(byte[] bytes)
    {
        try
        {
            RandomAccess.Write(_file, bytes, _length);
            RandomAccess.FlushToDisk(_file);
        }
        catch
        {
            RandomAccess.SetLength(_file, _length);
            throw;
        }

        _length += bytes.Length;
    }

    private void Note(string id, long offset, int length)
    {
        Forget(id);
        _letters[id] = (offset, length);
        _live += length;
    }

    private void Forget(string id)
    {
        if (_letters.Remove(id, out var at))
        {
            _live -= at.Length;
        }
    }

    /// <summary>Writes what is left into a new file that takes the place of the old one.</summary>
    private void Compact()
    {
        var path = _path + ".new";
        var kept = _letters.OrderBy(static pair => pair.Value.Offset).ToArray();
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        try
        {
            long offset = 0;
            foreach (var (_, at) in kept)
            {
                var line = new byte[at.Length];
                RandomAccess.Read(_file, line, at.Offset);
                RandomAccess.Write(file, line, offset);
                offset += line.Length;
            }

            RandomAccess.FlushToDisk(file);
            File.Move(path, _path, overwrite: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _file.Dispose();
        (_file, _length, _live) = (file, 0, 0);
        foreach (var (id, at) in kept)
        {
            _letters[id] = (_length, at.Length);
            _length += at.Length;
        }

        _live = _length;
    }

    private void Load()
    {
        var bytes = new byte[RandomAccess.GetLength(_file)];
        var count = 0;
        while (count < bytes.Length && RandomAccess.Read(_file, bytes.AsSpan(count), count) is > 0 and var read)
        {
            count += read;
        }

        while (_length < bytes.Length)
        {
            var rest = bytes.AsMemory((int)_length);
            var end = rest.Span.IndexOf((byte)'\n');
            if (end < ChecksumChars + 2 || !IsWhole(rest.Span[..end]))
            {
                if (end >= 0 && end < rest.Length - 1)
                {
                    throw new IOException($"{_path} is damaged at offset {_length}. Hint: remove that line; its row is lost");
                }

                RandomAccess.SetLength(_file, _length);
                return;
            }

            var (letter, removed) = DeadLetterJson.Read(rest[(ChecksumChars + 1)..end]);
            if (letter is not null)
            {
                Note(letter.Id, _length, end + 1);
            }

            Array.ForEach(removed, Forget);
            _length += end + 1;
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> line) =>
        uint.TryParse(line[..ChecksumChars], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var checksum)
        && checksum == SpoolRecord.Checksum(line[(ChecksumChars + 1)..]);
}

using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shoal.Protocol;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.History;

/// <summary>Writes one pack file: parts of commits go in, grouped by database, and come out as compressed blocks.</summary>
/// <remarks>
/// A block holds what one database did, so that versions of the same pages are compressed together. The file has no name that
/// counts until <see cref="Finish"/> has flushed it. Cost: a few hundred KiB of memory and the encoder's window of 16 MiB.
/// Thread: one at a time. Owns: the file until disposed; an unfinished one is deleted.
/// </remarks>
internal sealed class PackWriter : IDisposable
{
    /// <summary>A block ends behind the part that takes it beyond this. Units: bytes, uncompressed.</summary>
    public const int BlockBytes = 16 * 1024 * 1024;

    private const int Quality = 4;
    private const int WindowBits = 24;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly List<PackEntry> _entries = [];
    private readonly byte[] _output = new byte[128 * 1024];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private BrotliEncoder _encoder;
    private PackEntry? _open;
    private long _offset;
    private bool _finished;

    /// <param name="path">The file; must not exist.</param>
    /// <param name="header">What it will say it is.</param>
    public PackWriter(string path, PackHeader header)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Span<byte> head = stackalloc byte[PackHeader.Bytes];
        header.Write(head);
        Put(head);
    }

    /// <summary>Entries so far, in the order of their blocks.</summary>
    public IReadOnlyList<PackEntry> Entries => _entries;

    /// <summary>Whether a database was begun and not ended.</summary>
    public bool IsOpen => _open is not null;

    /// <summary>Bytes written so far.</summary>
    public long LengthBytes => _offset;

    /// <summary>Begins the blocks of one database.</summary>
    /// <param name="database">Whose.</param>
    /// <param name="kind">What follows.</param>
    /// <param name="epoch">Epoch of its bookmarks.</param>
    /// <param name="flags">Whether its first commit is the first of all.</param>
    public void Begin(DatabaseId database, PackEntryKind kind, uint epoch, PackEntryFlags flags = PackEntryFlags.None)
    {
        End();
        _open = new PackEntry
        {
            Database = database,
            Kind = kind,
            Flags = flags,
            Epoch = epoch,
            PageBytes = 0,
            Follows = 0,
            First = 0,
            Last = 0,
            FirstTime = 0,
            LastTime = 0,
            Offset = _offset,
            StoredBytes = 0,
            RawBytes = 0,
            SizeAfterPages = 0,
            Hash = default,
        };
        _encoder = new BrotliEncoder(Quality, WindowBits);
    }

    /// <summary>Adds a part of a commit.</summary>
    public void Add(in PackPart part, ReadOnlySpan<byte> body)
    {
        if (_open!.RawBytes >= BlockBytes)
        {
            NextBlock();
        }

        Span<byte> head = stackalloc byte[PackPart.Bytes];
        part.Write(head);
        Compress(head, isLast: false);
        Compress(body, isLast: false);
        var isFirst = _open.RawBytes == 0;
        _open = _open with
        {
            PageBytes = part.PageBytes,
            Follows = isFirst ? part.Follows : _open.Follows,
            First = isFirst ? part.Number : _open.First,
            FirstTime = isFirst ? part.Time : _open.FirstTime,
            Last = part.Number,
            LastTime = part.Time,
            SizeAfterPages = part.SizeAfterPages,
            RawBytes = _open.RawBytes + PackPart.Bytes + body.Length,
            Flags = (part.Continues ? _open.Flags | PackEntryFlags.ContinuesAfter : _open.Flags & ~PackEntryFlags.ContinuesAfter)
                | (part.Number > part.Follows + 1 ? PackEntryFlags.Sparse : PackEntryFlags.None),
        };
    }

    /// <summary>Copies a block of another pack as it is.</summary>
    public void Copy(PackEntry entry, ReadOnlySpan<byte> stored)
    {
        End();
        _entries.Add(entry with { Offset = _offset });
        Put(stored);
    }

    /// <summary>Ends the file: its index, its foot, and a flush.</summary>
    public void Finish()
    {
        End();
        var index = _offset;
        var sorted = _entries.ToArray();
        Array.Sort(sorted, PackEntry.Compare);
        Span<byte> bytes = stackalloc byte[PackEntry.Bytes];
        foreach (var entry in sorted)
        {
            entry.Write(bytes);
            Put(bytes);
        }

        new PackFooter(index, (uint)sorted.Length).Write(bytes);
        Put(bytes[..PackFooter.Bytes]);
        RandomAccess.FlushToDisk(_file);
        _finished = true;
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _hash.Dispose();
        _file.Dispose();
        if (!_finished)
        {
            File.Delete(_path);
        }
    }

    /// <summary>Ends the blocks of the database that was begun last.</summary>
    public void End()
    {
        if (_open is not { } open)
        {
            return;
        }

        _open = null;
        Compress([], isLast: true);
        _encoder.Dispose();
        var hash = _hash.GetHashAndReset();
        _entries.Add(open with { StoredBytes = (int)(_offset - open.Offset), Hash = hash });
    }

    /// <summary>A large database gets several blocks.</summary>
    private void NextBlock()
    {
        var before = _open!;
        var isSplit = before.Flags.HasFlag(PackEntryFlags.ContinuesAfter);
        Begin(before.Database, before.Kind, before.Epoch, isSplit ? PackEntryFlags.ContinuesBefore : PackEntryFlags.None);
    }

    private void Compress(ReadOnlySpan<byte> source, bool isLast)
    {
        while (true)
        {
            var status = _encoder.Compress(source, _output, out var consumed, out var written, isLast);
            source = source[consumed..];
            if (written > 0)
            {
                var bytes = _output.AsSpan(0, written);
                _hash.AppendData(bytes);
                Put(bytes);
            }

            Scheduling.OfferProcessor();
            if (status == OperationStatus.Done && source.IsEmpty)
            {
                return;
            }

            if (status is not (OperationStatus.DestinationTooSmall or OperationStatus.Done))
            {
                throw new InvalidOperationException($"the encoder says {status}");
            }
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _offset);
        _offset += bytes.Length;
    }
}

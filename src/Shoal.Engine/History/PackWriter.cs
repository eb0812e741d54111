using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shoal.Engine.Log;
using Shoal.Protocol;
using Shoal.Sqlite.Threads;
using ZstdSharp;
using ZstdSharp.Unsafe;

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

    /// <summary>
    /// The same of commits with hardly any page twice. Nothing is gained there from a longer block, and of shorter ones all processors
    /// decompress some, in their caches. Units: bytes, uncompressed.
    /// </summary>
    public const int DistinctBlockBytes = 4 * 1024 * 1024;

    /// <summary>One page in so many, at most, is there again in a block that counts as one without.</summary>
    private const int PagesPerRepeat = 8;

    /// <summary>
    /// The quickest: what a page has in common with its older images is found by long-distance matching, and higher levels find much
    /// that is too short to be worth the time to decompress it.
    /// </summary>
    public const int Level = 1;

    /// <summary>Logarithm of the window: 16 MiB.</summary>
    public const int WindowBits = 24;

    /// <summary>
    /// What is gathered and then encoded in one call, a fraction of a millisecond, before others get a turn. Left to itself the encoder
    /// gathers twice that; this costs no space that can be measured. Units: bytes.
    /// </summary>
    public const int StepBytes = 64 * 1024;

    /// <summary>
    /// What of a pack that is put together slowly waits for the disk at most, so that its flush is short for whoever commits meanwhile.
    /// One that must be ready soon is flushed once, at its end. Units: bytes.
    /// </summary>
    private const int UnflushedBytesMax = 4 * 1024 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly List<PackEntry> _entries = [];
    private readonly byte[] _output = new byte[128 * 1024];
    private readonly byte[] _gathered = new byte[StepBytes];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Action _offer;
    private readonly bool _isSlow;
    private readonly Compressor _encoder = new(Level);
    private PackEntry? _open;
    private long _offset;
    private long _flushed;
    private int _gatheredBytes;
    private bool _isEncoding;
    private readonly HashSet<uint> _pages = [];
    private readonly List<(PackEntry Entry, BlockPages Pages)> _large = [];
    private uint _leastPages;
    private long _images;
    private bool _finished;

    /// <param name="path">The file; must not exist.</param>
    /// <param name="header">What it will say it is.</param>
    /// <param name="rest">Called every few hundred microseconds of work; null to offer the processor to others.</param>
    public PackWriter(string path, PackHeader header, Action? rest = null)
    {
        _offer = rest ?? Scheduling.OfferProcessor;
        _isSlow = rest is not null;
        _path = path;
        _encoder.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, WindowBits);
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Span<byte> head = stackalloc byte[PackHeader.Bytes];
        header.Write(head);
        Put(head);
    }

    /// <summary>Entries so far, in the order of their blocks.</summary>
    public IReadOnlyList<PackEntry> Entries => _entries;

    /// <summary>What its large blocks of commits have written.</summary>
    public IReadOnlyList<(PackEntry Entry, BlockPages Pages)> Pages => _large;

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
            Flags = flags | PackEntryFlags.Zstandard,
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
        _isEncoding = false;
        _pages.Clear();
        _leastPages = uint.MaxValue;
        _images = 0;
    }

    /// <summary>Adds a part of a commit.</summary>
    public void Add(in PackPart part, ReadOnlySpan<byte> body)
    {
        // Each part of a snapshot is a block of its own, so that only those with pages which are needed have to be read.
        if (_open!.RawBytes > 0 && _open.Kind == PackEntryKind.Snapshot
            || _open.RawBytes >= (_images - _pages.Count <= _images / PagesPerRepeat ? DistinctBlockBytes : BlockBytes))
        {
            NextBlock();
        }

        _images += part.PageCount;
        _leastPages = Math.Min(_leastPages, part.SizeAfterPages);
        for (var page = 0; _open.Kind == PackEntryKind.Commits && page < part.PageCount; page++)
        {
            _pages.Add(LogRecordHeader.PageNumber(body, page));
        }

        Span<byte> head = stackalloc byte[PackPart.Bytes];
        part.Write(head);
        Compress(head);
        Compress(body);
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

        Encode(isLast: true);
        _open = null;
        var hash = _hash.GetHashAndReset();
        var entry = open with { StoredBytes = (int)(_offset - open.Offset), Hash = hash };
        _entries.Add(entry);
        if (entry.Kind == PackEntryKind.Commits && entry.RawBytes >= PagesOfBlocks.BlockBytesMin)
        {
            _large.Add((entry, new BlockPages([.. _pages], _leastPages)));
        }
    }

    /// <summary>A large database gets several blocks.</summary>
    private void NextBlock()
    {
        var before = _open!;
        var isSplit = before.Flags.HasFlag(PackEntryFlags.ContinuesAfter);
        Begin(before.Database, before.Kind, before.Epoch, isSplit ? PackEntryFlags.ContinuesBefore : PackEntryFlags.None);
    }

    private void Compress(ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            if (_gatheredBytes == StepBytes)
            {
                Encode(isLast: false);
            }

            var taken = Math.Min(source.Length, StepBytes - _gatheredBytes);
            source[..taken].CopyTo(_gathered.AsSpan(_gatheredBytes));
            _gatheredBytes += taken;
            source = source[taken..];
        }
    }

    /// <summary>Encodes what was gathered; what follows in the block still refers to it.</summary>
    private void Encode(bool isLast)
    {
        if (!_isEncoding)
        {
            BeginFrame(isLast);
        }

        for (ReadOnlySpan<byte> rest = _gathered.AsSpan(0, _gatheredBytes); !rest.IsEmpty;)
        {
            _ = _encoder.WrapStream(rest, _output, out var consumed, out var written, isFinalBlock: false);
            PutEncoded(written);
            rest = rest[consumed..];
        }

        _gatheredBytes = 0;
        for (var status = OperationStatus.DestinationTooSmall; status == OperationStatus.DestinationTooSmall;)
        {
            status = isLast
                ? _encoder.WrapStream([], _output, out _, out var written, isFinalBlock: true)
                : _encoder.FlushStream(_output, out written);
            PutEncoded(written);
        }

        _offer();
    }

    /// <summary>
    /// Who knows that little will come makes small tables, which is most of the work of the block of a tenant that does little; to look
    /// over long distances takes a table of a megabyte.
    /// </summary>
    private void BeginFrame(bool isWhole)
    {
        var isFar = !isWhole && _open!.Kind == PackEntryKind.Commits;
        _encoder.SetParameter(ZSTD_cParameter.ZSTD_c_enableLongDistanceMatching,
            (int)(isFar ? ZSTD_paramSwitch_e.ZSTD_ps_enable : ZSTD_paramSwitch_e.ZSTD_ps_disable));
        if (isWhole)
        {
            _encoder.SetPledgedSrcSize((ulong)_gatheredBytes);
        }

        _isEncoding = true;
    }

    private void PutEncoded(int written)
    {
        var bytes = _output.AsSpan(0, written);
        _hash.AppendData(bytes);
        Put(bytes);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _offset);
        _offset += bytes.Length;
        if (_isSlow && _offset - _flushed >= UnflushedBytesMax)
        {
            RandomAccess.FlushToDisk(_file);
            _flushed = _offset;
        }
    }
}

using System.Collections;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Puts together from blocks of packs what a database was at one commit: all of its pages, or those that are needed.</summary>
/// <remarks>
/// Commits are read from the newest to the oldest, and each page is written once, with its newest image; the next blocks are
/// decompressed on other threads meanwhile. What is missing then comes from the snapshot, of which every processor takes a block at
/// a time. Cost: the memory of <see cref="BlocksAhead"/> + 1 blocks (some 17 MiB each at most), the file. Owns: nothing; the file is
/// the caller's. Use: once.
/// </remarks>
internal sealed class DatabaseBuilder(DatabaseId id, Func<string, PackReader> open)
{
    private const int BlocksAhead = 2;

    /// <summary>A file that is no longer is looked at in less time than another thread may need to wake. Units: bytes.</summary>
    private const int SmallBytes = 4 * 1024 * 1024;

    private readonly Stack<BlockBuffer> _buffers = new();
    private SafeFileHandle? _file;

    /// <summary>Pages that are not to be written any more.</summary>
    private BitArray? _done;
    private uint _sizePages;
    private uint _limitPages;
    private uint _missing;
    private ChangedPages? _changed;

    /// <summary>A larger file is not begun.</summary>
    public long BytesMax { get; init; } = long.MaxValue;

    /// <summary>Ends the work before the file counts.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>Builds and checks a file.</summary>
    /// <param name="plan">What of.</param>
    /// <param name="path">The file; must not exist.</param>
    /// <param name="isDurable">Whether the file must survive a power cut; one that is only copied from need not.</param>
    /// <param name="beside">
    /// Something to do with the finished file while it is being checked, on a thread of its own, or then if the file is small; called
    /// at most once. It has ended when this returns.
    /// </param>
    /// <exception cref="EngineException">A pack can not be read, or the result is no whole database.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    /// <exception cref="OperationCanceledException">The file is not wanted any more.</exception>
    public void Build(RestorePlan plan, string path, bool isDurable, Action? beside = null)
    {
        if (plan.Number == 0 && plan.Snapshot.Count == 0)
        {
            DataFolder.CreateDatabaseFile(id, path);
            return;
        }

        Fill(plan, path);

        // The disk, a second processor and this one work at the same time.
        var isSmall = new FileInfo(path).Length <= SmallBytes;
        var others = Task.WhenAll(
            isDurable ? OwnThread.RunAsync(() => Flush(path), CancellationToken.None) : Task.CompletedTask,
            beside is null || isSmall ? Task.CompletedTask : OwnThread.RunAsync(beside, CancellationToken.None));
        try
        {
            if (QuickCheck.ProblemOf(path, Stopping) is { } problem)
            {
                throw new EngineException(EngineErrorKind.Corruption,
                    $"what history holds of commit {plan.Number} of database {id} is not a whole database ({problem})",
                    "Nothing was changed. Try a moment before or after it; `shoal db history NAME` lists them.", id);
            }
        }
        finally
        {
            Task.WaitAny(others);
        }

        others.GetAwaiter().GetResult();
        if (isSmall)
        {
            beside?.Invoke();
        }
    }

    /// <summary>Makes a file in which some pages are where they were, and all others are holes. Only the blocks are checked.</summary>
    /// <param name="plan">What of; of a database that had pages.</param>
    /// <param name="changed">Which pages.</param>
    /// <param name="path">The file; must not exist. It is as long as the database was.</param>
    /// <returns>The pages, in order.</returns>
    /// <exception cref="EngineException">A pack can not be read.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public IReadOnlyList<uint> BuildChanged(RestorePlan plan, ChangedPages changed, string path)
    {
        _changed = changed;
        Fill(plan, path);
        return changed.Within(_sizePages);
    }

    private static void Flush(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    private void Fill(RestorePlan plan, string path)
    {
        using var packs = new OpenPacks(open);
        using (_file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            FillFromCommits(plan, packs);
            FillFromSnapshot(plan, packs);
        }
    }

    private void FillFromCommits(RestorePlan plan, OpenPacks packs)
    {
        var ahead = new Queue<BlockAhead>();
        try
        {
            FillFrom(plan, packs, ahead);
        }
        finally
        {
            // Nobody may read from a pack that is closed.
            foreach (var one in ahead)
            {
                one.End();
                one.Buffer.Return();
            }

            foreach (var buffer in _buffers)
            {
                buffer.Return();
            }
        }

        if (plan.Blocks.Count > 0 && _done is null)
        {
            throw PackReader.Damaged(packs.Get(plan.Blocks[^1].Pack).Name, $"commit {plan.Number} is not in it", id);
        }
    }

    private void FillFrom(RestorePlan plan, OpenPacks packs, Queue<BlockAhead> ahead)
    {
        bool IsBeyond(PackPart part) => part.Number > plan.Number;

        var blocks = plan.Blocks;
        var next = blocks.Count - 1;
        for (var index = blocks.Count - 1; index >= 0 && (_done is null || _missing > 0); index--)
        {
            Stopping.ThrowIfCancellationRequested();
            for (; next >= 0 && ahead.Count <= BlocksAhead; next--)
            {
                var one = new BlockAhead(packs.Get(blocks[next].Pack), blocks[next].Entry, IsBeyond,
                    _buffers.TryPop(out var free) ? free : new BlockBuffer());
                ahead.Enqueue(one);
                if (next < index)
                {
                    one.Begin();
                }
            }

            var block = ahead.Peek().Take();
            foreach (var (part, offset) in PartsOf(block.Span, plan.Base, plan.Number))
            {
                if (_done is null)
                {
                    if (part.Number != plan.Number)
                    {
                        throw PackReader.Damaged(packs.Get(blocks[index].Pack).Name, $"commit {plan.Number} is not in it", id);
                    }

                    Begin(part.SizeAfterPages, part.PageBytes);
                }

                // A page that was cut off later, and is there again, has no older image.
                _limitPages = Math.Min(_limitPages, part.SizeAfterPages);
                _missing -= Put(part, block.Span.Slice(offset, part.BodyBytes), isLast: false);
            }

            _buffers.Push(ahead.Dequeue().Buffer);
        }
    }

    /// <summary>The parts of commits in a range, newest first.</summary>
    private static IEnumerable<(PackPart Part, int Offset)> PartsOf(ReadOnlySpan<byte> block, ulong after, ulong until)
    {
        var parts = new List<(PackPart, int)>();
        var rest = block;
        while (!rest.IsEmpty)
        {
            var offset = block.Length - rest.Length + PackPart.Bytes;
            var part = PackPart.Take(ref rest, out _);
            if (part.Number <= until && part.Number > after)
            {
                parts.Add((part, offset));
            }
        }

        parts.Reverse();
        return parts;
    }

    private void FillFromSnapshot(RestorePlan plan, OpenPacks packs)
    {
        var blocks = plan.Snapshot;
        if (blocks.Count == 0)
        {
            return;
        }

        if (_done is null)
        {
            Begin(blocks[0].Entry.SizeAfterPages, blocks[0].Entry.PageBytes);
        }

        _limitPages = Math.Min(_limitPages, blocks[0].Entry.SizeAfterPages);
        var pages = SnapshotPages.TryFind(blocks);
        var needed = Enumerable.Range(0, blocks.Count).Where(index => _missing > 0 && (pages is null || IsAnyMissing(pages[index])))
            .ToArray();
        InParallel.Run(needed.Length, () => new BlockBuffer(), (step, buffer) =>
        {
            Stopping.ThrowIfCancellationRequested();
            var (pack, entry) = blocks[needed[step]];
            PutSnapshot(packs.Get(pack), entry, pages?[needed[step]], buffer);
        }, static buffer => buffer.Return());
    }

    /// <summary>Writes what is missing of a block of a snapshot. Thread: any; blocks have no page in common.</summary>
    private void PutSnapshot(PackReader pack, PackEntry entry, (uint First, uint Count)? expected, BlockBuffer buffer)
    {
        ReadOnlySpan<byte> block = pack.ReadBlock(entry, buffer).Span;
        while (!block.IsEmpty)
        {
            var part = PackPart.Take(ref block, out var body);
            if (expected is { } pages && (part.PageCount != pages.Count || LogRecordHeader.PageNumber(body, 0) != pages.First))
            {
                throw PackReader.Damaged(pack.Name, string.Create(CultureInfo.InvariantCulture,
                    $"the block at offset {entry.Offset} does not have the pages that follow those before it"), id);
            }

            Put(part, body, isLast: true);
        }
    }

    private bool IsAnyMissing((uint First, uint Count) pages)
    {
        for (var page = pages.First; page < pages.First + pages.Count; page++)
        {
            if (IsMissing(page))
            {
                return true;
            }
        }

        return false;
    }

    private void Begin(uint sizePages, uint pageBytes)
    {
        (_sizePages, _limitPages) = (sizePages, sizePages);
        var bytes = (long)sizePages * pageBytes;
        if (bytes > BytesMax)
        {
            throw new EngineException(EngineErrorKind.LimitExceeded, string.Create(CultureInfo.InvariantCulture,
                $"the database had {bytes} bytes then, and here it may have {BytesMax}"),
                "Fork it to that moment, and query the fork.", id);
        }

        _done = new BitArray((int)sizePages, defaultValue: _changed is not null);
        _missing = sizePages;
        if (_changed is not null)
        {
            var pages = _changed.Within(sizePages);
            foreach (var page in pages)
            {
                _done[(int)page - 1] = false;
            }

            _missing = (uint)pages.Count;
        }

        RandomAccess.SetLength(_file!, bytes);
    }

    /// <summary>Writes those pages of a part that are missing.</summary>
    /// <param name="part">Its head.</param>
    /// <param name="body">Its page numbers and images.</param>
    /// <param name="isLast">Whether nothing older follows, so that nobody needs to know which are there.</param>
    /// <returns>How many pages were written.</returns>
    private uint Put(in PackPart part, ReadOnlySpan<byte> body, bool isLast)
    {
        var table = LogRecordHeader.TableBytes((int)part.PageCount);
        var written = 0u;
        for (var end = (int)part.PageCount; end > 0;)
        {
            var first = end - 1;
            if (!Take(LogRecordHeader.PageNumber(body, first), isLast))
            {
                end = first;
                continue;
            }

            // Pages that lie side by side are written at once.
            while (first > 0 && LogRecordHeader.PageNumber(body, first - 1) == LogRecordHeader.PageNumber(body, first) - 1
                && Take(LogRecordHeader.PageNumber(body, first - 1), isLast))
            {
                first--;
            }

            RandomAccess.Write(_file!, body.Slice(table + first * (int)part.PageBytes, (end - first) * (int)part.PageBytes),
                (LogRecordHeader.PageNumber(body, first) - 1L) * part.PageBytes);
            written += (uint)(end - first);
            end = first;
        }

        return written;
    }

    private bool IsMissing(uint page) => page >= 1 && page <= _limitPages && !_done![(int)page - 1];

    /// <summary>Whether a page is still to be written; then it counts as written.</summary>
    private bool Take(uint page, bool isLast)
    {
        if (!IsMissing(page))
        {
            return false;
        }

        if (!isLast)
        {
            _done![(int)page - 1] = true;
        }

        return true;
    }
}

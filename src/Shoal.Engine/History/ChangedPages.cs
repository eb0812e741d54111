using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>Which pages of a database commits have written since a state: all others are as they were then.</summary>
internal sealed class ChangedPages
{
    private readonly Lock _gate = new();
    private readonly HashSet<uint> _written = [];

    /// <summary>The database was no larger than this in between: what is behind was written anew, or never.</summary>
    private uint _leastPages = uint.MaxValue;

    /// <summary>How many pages have been written.</summary>
    public int Count => _written.Count;

    /// <summary>Finds out which pages commits have written.</summary>
    /// <param name="blocks">Blocks that lead from one state to another.</param>
    /// <param name="after">The number of the first state.</param>
    /// <param name="reading">Has the blocks.</param>
    /// <exception cref="EngineException">A block does not verify.</exception>
    public static ChangedPages Read(IReadOnlyList<PlacedEntry> blocks, ulong after, HistoryReading reading)
    {
        var changed = new ChangedPages();
        using var packs = new OpenPacks(reading.Open);
        InParallel.Run(blocks.Count, () => new BlockBuffer(), (step, buffer) =>
        {
            var block = blocks[step];
            var pages = Known(block, after, reading) ?? PagesOf(packs.Get(block.Pack).ReadBlock(block.Entry, buffer).Span, after);
            if (block.Entry.First > after)
            {
                reading.Pages.Add(block, pages);
            }

            changed.Add(pages);
        }, static buffer => buffer.Return());
        return changed;
    }

    /// <summary>How much is to be read for that. Units: bytes, uncompressed.</summary>
    /// <inheritdoc cref="Read"/>
    public static long BytesToRead(IEnumerable<PlacedEntry> blocks, ulong after, HistoryReading reading) =>
        blocks.Where(block => Known(block, after, reading) is null).Sum(static block => (long)block.Entry.RawBytes);

    /// <summary>Which pages may differ from what they were in a database of a size, in order. The first one always may.</summary>
    /// <param name="sizePages">How large it was.</param>
    public IReadOnlyList<uint> Within(uint sizePages)
    {
        var pages = _written.Where(page => page <= sizePages).Append(1u).ToHashSet();
        for (var page = (ulong)_leastPages + 1; page <= sizePages; page++)
        {
            pages.Add((uint)page);
        }

        return [.. pages.Order()];
    }

    /// <summary>The pages of a block, all of whose commits count, if they are in memory.</summary>
    private static BlockPages? Known(PlacedEntry block, ulong after, HistoryReading reading) =>
        block.Entry.First > after ? reading.Pages.Find(block) : null;

    /// <summary>The pages of those commits of a block that are newer.</summary>
    private static BlockPages PagesOf(ReadOnlySpan<byte> block, ulong after)
    {
        var written = new HashSet<uint>();
        var leastPages = uint.MaxValue;
        while (!block.IsEmpty)
        {
            var part = PackPart.Take(ref block, out var body);
            if (part.Number <= after)
            {
                continue;
            }

            leastPages = Math.Min(leastPages, part.SizeAfterPages);
            for (var index = 0; index < part.PageCount; index++)
            {
                written.Add(LogRecordHeader.PageNumber(body, index));
            }
        }

        return new BlockPages([.. written], leastPages);
    }

    /// <summary>Takes note of the pages of a block. Thread: any.</summary>
    private void Add(BlockPages pages)
    {
        lock (_gate)
        {
            _leastPages = Math.Min(_leastPages, pages.LeastPages);
            _written.UnionWith(pages.Written);
        }
    }
}

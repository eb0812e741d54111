using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>Which pages of a database commits have written since a state: all others are as they were then.</summary>
internal sealed class ChangedPages
{
    private readonly Lock _gate = new();
    private readonly HashSet<uint> _written = [];

    /// <summary>The database was no larger than this in between: what is behind was written anew, or never.</summary>
    private uint _leastPages = uint.MaxValue;

    /// <summary>Reads which pages commits have written.</summary>
    /// <param name="blocks">Blocks that lead from one state to another.</param>
    /// <param name="after">The number of the first state.</param>
    /// <param name="open">Opens a pack.</param>
    /// <exception cref="EngineException">A block does not verify.</exception>
    public static ChangedPages Read(IReadOnlyList<PlacedEntry> blocks, ulong after, Func<string, PackReader> open)
    {
        var changed = new ChangedPages();
        using var packs = new OpenPacks(open);
        InParallel.Run(blocks.Count, () => new BlockBuffer(), (step, buffer) =>
        {
            var (pack, entry) = blocks[step];
            changed.Add(packs.Get(pack).ReadBlock(entry, buffer).Span, after);
        }, static buffer => buffer.Return());
        return changed;
    }

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

    /// <summary>Takes note of the pages of a block. Thread: any.</summary>
    private void Add(ReadOnlySpan<byte> block, ulong after)
    {
        while (!block.IsEmpty)
        {
            var part = PackPart.Take(ref block, out var body);
            if (part.Number <= after)
            {
                continue;
            }

            lock (_gate)
            {
                _leastPages = Math.Min(_leastPages, part.SizeAfterPages);
                for (var index = 0; index < part.PageCount; index++)
                {
                    _written.Add(LogRecordHeader.PageNumber(body, index));
                }
            }
        }
    }
}

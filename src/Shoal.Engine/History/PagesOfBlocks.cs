namespace Shoal.Engine.History;

/// <summary>
/// Which pages the large blocks of commits have that were written or read lately: to know what has changed since a moment, those
/// need not be decompressed.
/// </summary>
/// <remarks>Blocks never change. Cost: <see cref="BytesMax"/> at most. Thread: safe for any.</remarks>
internal sealed class PagesOfBlocks
{
    /// <summary>A smaller block is read in a millisecond. Units: bytes, uncompressed.</summary>
    public const int BlockBytesMin = 256 * 1024;

    /// <summary>Units: bytes.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    /// <summary>What one costs beside its numbers. Units: bytes.</summary>
    private const int BytesEach = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Pack, long Offset), BlockPages> _pages = [];
    private readonly Queue<(string Pack, long Offset)> _byAge = new();
    private long _bytes;

    /// <summary>The pages of a block; null when they are not in memory.</summary>
    public BlockPages? Find(PlacedEntry placed)
    {
        lock (_gate)
        {
            return _pages.GetValueOrDefault((placed.Pack, placed.Entry.Offset));
        }
    }

    /// <summary>Keeps the pages of a block, if it is a large one. The oldest go when there are too many.</summary>
    public void Add(PlacedEntry placed, BlockPages pages)
    {
        lock (_gate)
        {
            var key = (placed.Pack, placed.Entry.Offset);
            if (placed.Entry.RawBytes < BlockBytesMin || !_pages.TryAdd(key, pages))
            {
                return;
            }

            _byAge.Enqueue(key);
            _bytes += BytesOf(pages);
            while (_bytes > BytesMax && _byAge.TryDequeue(out var oldest) && _pages.Remove(oldest, out var gone))
            {
                _bytes -= BytesOf(gone);
            }
        }
    }

    private static long BytesOf(BlockPages pages) => BytesEach + (long)pages.Written.Length * sizeof(uint);
}

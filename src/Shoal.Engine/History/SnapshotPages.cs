using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>Which pages each block of a snapshot has: those of one part, which follow those of the block before.</summary>
/// <remarks>Earlier versions wrote blocks of several parts; of these nothing is known until they are decompressed.</remarks>
internal static class SnapshotPages
{
    /// <summary>What a block has, as long as that makes not too many. Units: bytes.</summary>
    private const int BlockBytes = 32 * 1024;

    /// <summary>How many blocks a snapshot has at most; of larger databases they are longer.</summary>
    private const uint BlocksMax = 16 * 1024;

    /// <summary>How many pages a block gets.</summary>
    /// <param name="sizePages">Pages of the database.</param>
    /// <param name="pageBytes">Size of a page.</param>
    public static int PerBlock(uint sizePages, uint pageBytes) =>
        (int)Math.Max(Math.Max(1, BlockBytes / pageBytes), (sizePages + BlocksMax - 1) / BlocksMax);

    /// <summary>The pages of each block; null when that can not be said ahead.</summary>
    /// <param name="blocks">All blocks of a snapshot, in order.</param>
    public static (uint First, uint Count)[]? TryFind(IReadOnlyList<PlacedEntry> blocks)
    {
        var found = new (uint First, uint Count)[blocks.Count];
        var next = 1u;
        for (var index = 0; index < blocks.Count; index++)
        {
            var entry = blocks[index].Entry;
            var count = entry.PageBytes == 0 ? 0 : (entry.RawBytes - PackPart.Bytes) / (entry.PageBytes + sizeof(uint));
            if (count < 1 || PackPart.Bytes + LogRecordHeader.TableBytes((int)count) + count * entry.PageBytes != entry.RawBytes)
            {
                return null;
            }

            found[index] = (next, (uint)count);
            next += (uint)count;
        }

        return blocks.Count > 0 && next - 1 == blocks[0].Entry.SizeAfterPages ? found : null;
    }
}

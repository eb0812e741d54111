using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Writes the commits of several blocks of one database as one row of blocks.</summary>
/// <remarks>
/// Commits that are in two blocks are written once. Where commits are missing a new block begins, so that no block hides a gap.
/// </remarks>
/// <param name="output">Gets the blocks.</param>
/// <param name="buffer">Where blocks are read.</param>
/// <param name="images">Where pages are put together.</param>
/// <param name="known">Which bookmarks must stay when only some commits are kept; null to keep all.</param>
internal sealed class CommitMerger(PackWriter output, BlockBuffer buffer, PageImages images, KnownBookmarks? known)
{
    private CommitThinner? _thinner;
    private uint _epoch;
    private ulong _last;
    private bool _isWhole = true;
    private bool _isOpen;

    /// <summary>Writes all of a database.</summary>
    /// <returns>What was read. Units: bytes, uncompressed.</returns>
    public long Write(DatabaseId database, IReadOnlyList<(PackReader Reader, PackEntry Entry)> blocks)
    {
        var bytes = 0L;
        PackReader? splitIn = null;
        foreach (var (reader, entry) in blocks)
        {
            var isBegun = entry.Flags.HasFlag(PackEntryFlags.ContinuesBefore) && splitIn == reader && !_isWhole;
            bytes += entry.RawBytes;
            if (entry.Epoch != _epoch || !_isOpen)
            {
                CheckEnd(splitIn, database);
                End();
            }
            else if (entry.Last <= _last && _isWhole)
            {
                continue;
            }

            if (!isBegun)
            {
                CheckEnd(splitIn, database);
            }

            // The beginning of its first commit is gone when nobody needed it: then a snapshot has that commit.
            var cut = entry.Flags.HasFlag(PackEntryFlags.ContinuesBefore) && !isBegun ? entry.First : (ulong?)null;
            var block = reader.ReadBlock(entry, buffer).Span;
            while (!block.IsEmpty)
            {
                var part = PackPart.Take(ref block, out var body);
                if (part.Number != cut)
                {
                    isBegun = Add(database, entry, part, body, isBegun);
                }
            }

            splitIn = reader;
        }

        CheckEnd(splitIn, database);
        End();
        return bytes;
    }

    /// <summary>Whether the commit goes on with the next part.</summary>
    private bool Add(DatabaseId database, PackEntry entry, in PackPart part, ReadOnlySpan<byte> body, bool isBegun)
    {
        if (!isBegun)
        {
            if (_isOpen && part.Number <= _last)
            {
                return false;
            }

            if (_isOpen && part.Follows > _last)
            {
                End();
            }

            if (!_isOpen)
            {
                var isBorn = entry.Flags.HasFlag(PackEntryFlags.Born) && part.Follows == 0;
                output.Begin(database, PackEntryKind.Commits, entry.Epoch, isBorn ? PackEntryFlags.Born : PackEntryFlags.None);
                var epoch = entry.Epoch;
                _thinner = known is null ? null : new CommitThinner(output, images, number => known.Contains(database, epoch, number));
                (_epoch, _isOpen) = (entry.Epoch, true);
            }
        }

        if (_thinner is null)
        {
            output.Add(part, body);
        }
        else
        {
            _thinner.Add(part, body, isFirst: !isBegun);
        }

        _last = part.Number;
        _isWhole = !part.Continues;
        return part.Continues;
    }

    /// <summary>Half a commit must not be put together with others.</summary>
    private void CheckEnd(PackReader? reader, DatabaseId database)
    {
        if (!_isWhole)
        {
            throw PackReader.Damaged(reader!.Name, $"the end of commit {_last} is missing", database);
        }
    }

    private void End()
    {
        _thinner?.End();
        output.End();
        (_thinner, _isOpen, _last, _isWhole) = (null, false, 0, true);
    }
}

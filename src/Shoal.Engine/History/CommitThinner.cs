using System.Buffers.Binary;
using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>Keeps of one database's commits the last of each minute, and those that somebody knows by their bookmarks.</summary>
/// <remarks>
/// Commits that are not kept go into the next one that is: of each page its last image. What is too large to be put together in
/// memory is kept as it is. Cost: memory for 64 MiB of pages at most.
/// </remarks>
/// <param name="writer">Gets what is kept; the database is begun.</param>
/// <param name="isKnown">Whether the state after a commit must stay.</param>
internal sealed class CommitThinner(PackWriter writer, Func<ulong, bool> isKnown)
{
    private const long MinuteMicroseconds = 60_000_000;
    private const int PagesMax = 16 * 1024;
    private const int PagesPerPart = 255;

    private readonly SortedDictionary<uint, byte[]> _pages = [];
    private PackPart _newest;
    private bool _isOpen;

    /// <summary>Takes the next part; commits come in order.</summary>
    /// <param name="part">The part.</param>
    /// <param name="body">Its body.</param>
    /// <param name="isFirst">Whether it is the first part of its commit.</param>
    public void Add(in PackPart part, ReadOnlySpan<byte> body, bool isFirst)
    {
        if (part.Continues || !isFirst)
        {
            if (isFirst)
            {
                End();
            }

            writer.Add(part, body);
            return;
        }

        if (_isOpen && (part.Time / MinuteMicroseconds != _newest.Time / MinuteMicroseconds || part.PageBytes != _newest.PageBytes))
        {
            End();
        }

        Merge(part, body);
        if (isKnown(part.Number) || _pages.Count > PagesMax)
        {
            End();
        }
    }

    /// <summary>Writes what was put together.</summary>
    public void End()
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        var pages = _pages.ToArray();
        _pages.Clear();
        var start = 0;
        do
        {
            var count = Math.Min(PagesPerPart, pages.Length - start);
            Write(pages.AsSpan(start, count), continues: start + count < pages.Length);
            start += count;
        }
        while (start < pages.Length);
    }

    private void Merge(in PackPart part, ReadOnlySpan<byte> body)
    {
        _newest = part with { Follows = _isOpen ? _newest.Follows : part.Follows };
        _isOpen = true;

        // Pages that this commit has cut off, and a later one adds again, begin anew.
        foreach (var page in _pages.Keys.Where(page => page > _newest.SizeAfterPages).ToArray())
        {
            _pages.Remove(page);
        }

        var table = LogRecordHeader.TableBytes((int)part.PageCount);
        for (var index = 0; index < part.PageCount; index++)
        {
            var page = LogRecordHeader.PageNumber(body, index);
            if (page >= 1 && page <= part.SizeAfterPages)
            {
                _pages[page] = body.Slice(table + index * (int)part.PageBytes, (int)part.PageBytes).ToArray();
            }
        }
    }

    private void Write(ReadOnlySpan<KeyValuePair<uint, byte[]>> pages, bool continues)
    {
        var part = _newest with { PageCount = (uint)pages.Length, Continues = continues };
        var body = new byte[part.BodyBytes];
        var table = LogRecordHeader.TableBytes(pages.Length);
        for (var index = 0; index < pages.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(index * sizeof(uint)), pages[index].Key);
            pages[index].Value.CopyTo(body, table + index * (int)part.PageBytes);
        }

        writer.Add(part, body);
    }
}

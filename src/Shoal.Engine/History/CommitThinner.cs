using System.Buffers.Binary;
using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>Keeps of one database's commits the last of each minute, and those that somebody knows by their bookmarks.</summary>
/// <remarks>
/// Commits that are not kept go into the next one that is: of each page its last image. A commit of several parts is put aside until
/// its last one, which has its time. One that is too large for that is kept as it is, and so is what was put together before it.
/// Cost: memory for <see cref="PagesMax"/> pages.
/// </remarks>
/// <param name="writer">Gets what is kept; the database is begun.</param>
/// <param name="images">Memory for pages.</param>
/// <param name="isKnown">Whether the state after a commit must stay.</param>
internal sealed class CommitThinner(PackWriter writer, PageImages images, Func<ulong, bool> isKnown)
{
    private const long MinuteMicroseconds = 60_000_000;
    private const int PagesPerPart = 255;

    /// <summary>What was put together since the last commit that was written.</summary>
    private readonly SortedDictionary<uint, byte[]> _pages = [];

    /// <summary>Pages of the commit of which not all parts have come.</summary>
    private readonly SortedDictionary<uint, byte[]> _begun = [];
    private PackPart _newest;
    private bool _isOpen;
    private bool _isPassedOn;

    /// <summary>What is held in memory. Units: pages; default 64 MiB of them.</summary>
    public int PagesMax { get; init; } = 16 * 1024;

    /// <summary>Takes the next part; commits come in order, and whole.</summary>
    /// <param name="part">The part.</param>
    /// <param name="body">Its body.</param>
    /// <param name="isFirst">Whether it is the first part of its commit.</param>
    public void Add(in PackPart part, ReadOnlySpan<byte> body, bool isFirst)
    {
        _isPassedOn &= !isFirst;
        if (_isPassedOn)
        {
            writer.Add(part, body);
            return;
        }

        PutAside(part, body);
        if (part.Continues || !isFirst)
        {
            if (_pages.Count + _begun.Count > PagesMax)
            {
                End();
                Write(_begun, part, part.Continues);
                _isPassedOn = part.Continues;
                return;
            }

            if (part.Continues)
            {
                return;
            }
        }

        if (_isOpen && (part.Time / MinuteMicroseconds != _newest.Time / MinuteMicroseconds || part.PageBytes != _newest.PageBytes))
        {
            End();
        }

        Merge(part);
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
        Write(_pages, _newest, continues: false);
    }

    private void PutAside(in PackPart part, ReadOnlySpan<byte> body)
    {
        var table = LogRecordHeader.TableBytes((int)part.PageCount);
        for (var index = 0; index < part.PageCount; index++)
        {
            var page = LogRecordHeader.PageNumber(body, index);
            if (page >= 1)
            {
                Put(_begun, page, images.Copy(body.Slice(table + index * (int)part.PageBytes, (int)part.PageBytes)));
            }
        }
    }

    private void Put(SortedDictionary<uint, byte[]> pages, uint page, byte[] image)
    {
        if (pages.TryGetValue(page, out var before))
        {
            images.Return(before);
        }

        pages[page] = image;
    }

    /// <summary>The commit that was put aside is whole.</summary>
    private void Merge(in PackPart part)
    {
        var hasShrunk = _isOpen && part.SizeAfterPages < _newest.SizeAfterPages;
        _newest = part with { Follows = _isOpen ? _newest.Follows : part.Follows };
        _isOpen = true;

        // Pages that this commit has cut off, and a later one adds again, begin anew.
        foreach (var page in hasShrunk ? _pages.Keys.Where(page => page > _newest.SizeAfterPages).ToArray() : [])
        {
            _pages.Remove(page, out var image);
            images.Return(image!);
        }

        foreach (var (page, image) in _begun)
        {
            if (page <= part.SizeAfterPages)
            {
                Put(_pages, page, image);
            }
            else
            {
                images.Return(image);
            }
        }

        _begun.Clear();
    }

    /// <summary>Writes pages as parts of one commit.</summary>
    private void Write(SortedDictionary<uint, byte[]> from, in PackPart commit, bool continues)
    {
        var pages = from.ToArray();
        from.Clear();
        var start = 0;
        do
        {
            var count = Math.Min(PagesPerPart, pages.Length - start);
            Write(pages.AsSpan(start, count), commit with
            {
                PageCount = (uint)count,
                Continues = continues || start + count < pages.Length,
            });
            start += count;
        }
        while (start < pages.Length);
    }

    private void Write(ReadOnlySpan<KeyValuePair<uint, byte[]>> pages, in PackPart part)
    {
        var body = images.Body(part.BodyBytes);
        var table = LogRecordHeader.TableBytes(pages.Length);
        body[..table].Clear();
        for (var index = 0; index < pages.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(body[(index * sizeof(uint))..], pages[index].Key);
            pages[index].Value.CopyTo(body[(table + index * (int)part.PageBytes)..]);
            images.Return(pages[index].Value);
        }

        writer.Add(part, body);
    }
}

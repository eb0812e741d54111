namespace Shoal.Sqlite.Connections;

/// <summary>Size of a database as a transaction sees it.</summary>
/// <param name="PageCount">All pages.</param>
/// <param name="FreePages">Pages on the free list.</param>
/// <param name="PageBytes">Size of a page. Units: bytes.</param>
public readonly record struct DatabaseSize(uint PageCount, uint FreePages, uint PageBytes)
{
    /// <summary>Bytes in use: D1's <c>size_after</c>.</summary>
    public long UsedBytes => ((long)PageCount - FreePages) * PageBytes;

    /// <summary>Bytes of the file, free pages included.</summary>
    public long FileBytes => (long)PageCount * PageBytes;
}

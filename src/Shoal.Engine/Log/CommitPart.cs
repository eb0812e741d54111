namespace Shoal.Engine.Log;

/// <summary>Page images of a commit, at most as many as one record takes.</summary>
/// <param name="body">Table of page numbers (padded to 8 bytes), then the images in the same order.</param>
/// <param name="pageCount">Number of pages.</param>
/// <param name="pageBytes">Size of a page.</param>
/// <param name="sizeAfterPages">Size of the database after the commit.</param>
/// <param name="continues">Whether another part of the same commit follows.</param>
/// <param name="isContinued">Whether another part of the same commit was before.</param>
internal readonly ref struct CommitPart(
    ReadOnlySpan<byte> body, int pageCount, uint pageBytes, uint sizeAfterPages, bool continues, bool isContinued)
{
    public ReadOnlySpan<byte> Body { get; } = body;

    public int PageCount { get; } = pageCount;

    public uint PageBytes { get; } = pageBytes;

    public uint SizeAfterPages { get; } = sizeAfterPages;

    public bool Continues { get; } = continues;

    public bool IsContinued { get; } = isContinued;
}

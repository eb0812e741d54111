namespace Shoal.Protocol.Http;

/// <summary>Where a page of a list stands.</summary>
/// <param name="Page">This page, from 1; null where a cursor leads on.</param>
/// <param name="PerPage">Elements a full page has; null where a cursor leads on.</param>
/// <param name="Count">Elements of this page.</param>
/// <param name="TotalCount">Elements on all pages; null where a cursor leads on.</param>
public sealed record ResultInfo(int? Page, int? PerPage, int Count, int? TotalCount)
{
    /// <summary>Where the next page begins; null on the last one, and where pages have numbers.</summary>
    public string? Cursor { get; init; }
}

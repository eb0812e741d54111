namespace Shoal.Protocol.Http;

/// <summary>Where a page of a list stands.</summary>
/// <param name="Page">This page, from 1.</param>
/// <param name="PerPage">Elements a full page has.</param>
/// <param name="Count">Elements of this page.</param>
/// <param name="TotalCount">Elements on all pages.</param>
public sealed record ResultInfo(int Page, int PerPage, int Count, int TotalCount);

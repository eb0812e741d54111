namespace Shoal.Protocol.D1;

/// <summary>Body of <c>POST /database/{id}/import</c>.</summary>
public sealed record ImportBody
{
    /// <summary><c>init</c>, <c>ingest</c> or <c>poll</c>. Required.</summary>
    public string? Action { get; init; }

    /// <summary>MD5 of the file in hex; with init and ingest.</summary>
    public string? Etag { get; init; }

    /// <summary>The name that init gave; with ingest.</summary>
    public string? Filename { get; init; }

    /// <summary>The <c>at_bookmark</c> of the last reply; with poll.</summary>
    public string? CurrentBookmark { get; init; }
}

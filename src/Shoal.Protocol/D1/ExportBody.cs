namespace Shoal.Protocol.D1;

/// <summary>Body of <c>POST /database/{id}/export</c>.</summary>
public sealed record ExportBody
{
    /// <summary><c>polling</c>, or absent.</summary>
    public string? OutputFormat { get; init; }

    /// <summary>The <c>at_bookmark</c> of the reply that is polled; absent to start an export.</summary>
    public string? CurrentBookmark { get; init; }

    /// <summary>What to export; absent for everything.</summary>
    public DumpOptions? DumpOptions { get; init; }
}

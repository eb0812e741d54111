using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>A page of a query (with a key condition) or of a scan (without).</summary>
public sealed record QueryRequest
{
    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>An index of it; null (default) for the table itself.</summary>
    public string? Index { get; init; }

    /// <summary>Which items, by their keys: <c>pk = :p AND sk BETWEEN :a AND :b</c>. Null for a scan.</summary>
    public string? KeyCondition { get; init; }

    /// <summary>Which of those, by other attributes; null (default) for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Which parts of them; null (default) for all.</summary>
    public string? Projection { get; init; }

    /// <summary>Attribute names by <c>#placeholder</c>.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }

    /// <summary>Values by <c>:placeholder</c>.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? Values { get; init; }

    /// <summary>What is shown.</summary>
    public SelectKind Select { get; init; }

    /// <summary>From the end to the start. Default false. Queries only.</summary>
    public bool Backward { get; init; }

    /// <summary>Items to look at, before the filter; null (default) for as many as fit in 1 MB.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the page before this one ended; null (default) for the first.</summary>
    public Item? StartKey { get; init; }

    /// <summary>Which segment of a parallel scan, from 0.</summary>
    public int Segment { get; init; }

    /// <summary>Segments of a parallel scan. Default 1.</summary>
    public int TotalSegments { get; init; } = 1;
}

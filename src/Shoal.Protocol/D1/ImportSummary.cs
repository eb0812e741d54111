namespace Shoal.Protocol.D1;

/// <summary>A finished import.</summary>
public sealed record ImportSummary
{
    /// <summary>What the database is after the import.</summary>
    public string? FinalBookmark { get; init; }

    /// <summary>Statements run, or rows inserted for CSV.</summary>
    public long NumQueries { get; init; }

    /// <summary>Totals.</summary>
    public required ResultMeta Meta { get; init; }
}

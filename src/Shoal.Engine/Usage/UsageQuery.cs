using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>Which usage is asked for.</summary>
public sealed record UsageQuery
{
    /// <summary>The account.</summary>
    public required string Account { get; init; }

    /// <summary>Only these databases; null for all, deleted ones included.</summary>
    public IReadOnlyList<DatabaseId>? Databases { get; init; }

    /// <summary>Earliest start of an hour.</summary>
    public DateTimeOffset From { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Latest start of an hour.</summary>
    public DateTimeOffset To { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>What rows are told apart by.</summary>
    public UsageGrouping GroupBy { get; init; }

    /// <summary>
    /// Whether runs of statements are counted rather than requests. Default false; grouped by statement they always are.
    /// </summary>
    public bool IsOfStatements { get; init; }

    /// <summary>Order of the rows, the most important first. Among equals, and by default, those that read most come first.</summary>
    public IReadOnlyList<UsageOrder> OrderBy { get; init; } = [];

    /// <summary>Most rows: the first in the order asked for. Default 100,000.</summary>
    public int RowsMax { get; init; } = 100_000;
}

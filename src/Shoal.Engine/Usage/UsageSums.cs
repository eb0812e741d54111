namespace Shoal.Engine.Usage;

/// <summary>What requests, or runs of a statement, cost together.</summary>
public readonly record struct UsageSums
{
    /// <summary>Requests; of a statement its runs. Failures included.</summary>
    public long Count { get; init; }

    /// <summary>How many of them failed.</summary>
    public long Errors { get; init; }

    /// <summary>Statements that changed nothing.</summary>
    public long Reads { get; init; }

    /// <summary>Statements that changed something.</summary>
    public long Writes { get; init; }

    /// <summary>Rows and index entries scanned: what D1 bills as rows read.</summary>
    public long RowsRead { get; init; }

    /// <summary>Rows and index entries written: what D1 bills as rows written.</summary>
    public long RowsWritten { get; init; }

    /// <summary>Rows of results.</summary>
    public long RowsReturned { get; init; }

    /// <summary>Rows changed, index entries not counted.</summary>
    public long Changes { get; init; }

    /// <summary>Bytes of replies. Zero for statements: a reply belongs to a request.</summary>
    public long ResponseBytes { get; init; }

    /// <summary>Time inside SQLite.</summary>
    public TimeSpan SqlTime { get; init; }

    /// <summary>
    /// Time from the start of a request to its durable end. Of a statement only where it was alone in its request.
    /// </summary>
    public TimeSpan Time { get; init; }

    /// <summary>Runs of a statement that was the only one of its request.</summary>
    public long Alone { get; init; }

    /// <summary>The most of <see cref="Alone"/> within ten seconds.</summary>
    public long AlonePeak { get; init; }

    /// <summary>Both together.</summary>
    public UsageSums Plus(in UsageSums other) => new()
    {
        Count = Count + other.Count,
        Errors = Errors + other.Errors,
        Reads = Reads + other.Reads,
        Writes = Writes + other.Writes,
        RowsRead = RowsRead + other.RowsRead,
        RowsWritten = RowsWritten + other.RowsWritten,
        RowsReturned = RowsReturned + other.RowsReturned,
        Changes = Changes + other.Changes,
        ResponseBytes = ResponseBytes + other.ResponseBytes,
        SqlTime = SqlTime + other.SqlTime,
        Time = Time + other.Time,
        Alone = Alone + other.Alone,
        AlonePeak = Math.Max(AlonePeak, other.AlonePeak),
    };
}

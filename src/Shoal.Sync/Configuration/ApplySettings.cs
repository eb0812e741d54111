namespace Shoal.Sync.Configuration;

/// <summary>How changes are written.</summary>
public sealed record ApplySettings
{
    /// <summary>Batches on their way at once. Default 16.</summary>
    public int Workers { get; init; } = 16;

    /// <summary>Rows that a batch of merged transactions holds at most; a larger transaction is not cut. Default 2,000.</summary>
    public int MaxRows { get; init; } = 2_000;

    /// <summary>Rows that wait in memory before the stream is held back. Default 100,000.</summary>
    public int MaxPendingRows { get; init; } = 100_000;

    /// <summary>
    /// Changes of one transaction in memory; the tenants of a larger one are copied again instead. Default 200,000.
    /// </summary>
    public int MaxTransactionRows { get; init; } = 200_000;

    /// <summary>Rows of one batch that may be refused before the whole tenant is copied again. Default 100.</summary>
    public int MaxDeadLetters { get; init; } = 100;

    /// <summary>How often the position is stored and confirmed to PostgreSQL. Default 1 s.</summary>
    public TimeSpan StatusInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How old a tenant's copy may get before it is copied again, which writes only what differs. Default zero: never.</summary>
    public TimeSpan ResyncEvery { get; init; }

    /// <summary>Wait before a tenant that could not be copied is tried again. Default 30 s.</summary>
    public TimeSpan ResyncDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Wait for PostgreSQL to show a commit that it has sent, where rows must be read that the stream does not bring; the tenants
    /// concerned are copied again instead. Default 10 s.
    /// </summary>
    public TimeSpan CommitWait { get; init; } = TimeSpan.FromSeconds(10);
}

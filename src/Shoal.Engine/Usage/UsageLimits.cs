namespace Shoal.Engine.Usage;

/// <summary>What the memory of usage can never grow past.</summary>
public sealed record UsageLimits
{
    /// <summary>How long usage is remembered. Default 30 days.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Size of the usage database. Units: bytes. Default 512 MiB. Past it the oldest hours are put together to days, of sizes only
    /// the last of each day is kept, and when there are only days, the oldest day is dropped.
    /// </summary>
    public long BytesMax { get; init; } = 512L * 1024 * 1024;

    /// <summary>Statements told apart per database and hour; the rest counts as "other". Default 100.</summary>
    public int StatementsPerBucketMax { get; init; } = 100;

    /// <summary>Texts of statements remembered in all. Default 50,000; new ones count as "other" beyond it.</summary>
    public int StatementTextsMax { get; init; } = 50_000;
}

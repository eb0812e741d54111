namespace Shoal.Server;

/// <summary>What imports and exports can never grow past.</summary>
public sealed record TransferLimits
{
    /// <summary>Imports and exports that are running or remembered; what ended first is forgotten first. Default 256.</summary>
    public int JobsMax { get; init; } = 256;

    /// <summary>Imports and exports of one database that run or wait. Default 8.</summary>
    public int JobsPerDatabaseMax { get; init; } = 8;

    /// <summary>
    /// Imports and exports that run at once, of one database one of each; others wait their turn. Default 4: they are disk-bound.
    /// </summary>
    public int RunningMax { get; init; } = 4;

    /// <summary>Downloads that are written into files at once. Default 32: each holds a thread.</summary>
    public int DownloadsMax { get; init; } = 32;

    /// <summary>Uploads that were announced, are arriving or wait to be ingested. Default 256.</summary>
    public int UploadsMax { get; init; } = 256;

    /// <summary>Of them, those for one database; its oldest is removed for a new one. Default 8.</summary>
    public int UploadsPerDatabaseMax { get; init; } = 8;

    /// <summary>Disk that uploaded and exported files may take together. Units: bytes. Default 20 GB.</summary>
    public long StoredBytesMax { get; init; } = 20_000_000_000;

    /// <summary>How long URLs, files and finished jobs are kept. Default one hour, as D1.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a start or a poll waits for the work to finish. Default one second: D1's clients poll without a pause of their
    /// own.
    /// </summary>
    public TimeSpan PollWait { get; init; } = TimeSpan.FromSeconds(1);
}

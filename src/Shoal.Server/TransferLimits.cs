namespace Shoal.Server;

/// <summary>What imports and exports can never grow past.</summary>
public sealed record TransferLimits
{
    /// <summary>Imports and exports that are running or remembered. Default 256.</summary>
    public int JobsMax { get; init; } = 256;

    /// <summary>Imports and exports that run at once; others wait their turn. Default 4: they are disk-bound.</summary>
    public int RunningMax { get; init; } = 4;

    /// <summary>Downloads that are written straight from a snapshot at once. Default 32: each holds a thread.</summary>
    public int StreamsMax { get; init; } = 32;

    /// <summary>Uploads that were announced, are arriving or wait to be ingested. Default 256.</summary>
    public int UploadsMax { get; init; } = 256;

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

namespace Shoal.Client.Bulk;

/// <summary>Settings of a bulk write.</summary>
public sealed record BulkOptions
{
    /// <summary>What a refused row takes down with it. Default: its batch.</summary>
    public Atomicity Atomicity { get; init; }

    /// <summary>
    /// Rows of a batch, 1 or more. Default 10,000: with 1,000 a write takes about twice as long, with 20,000 no less.
    /// </summary>
    public int BatchRowsMax { get; init; } = 10_000;

    /// <summary>Size of a batch. Units: bytes of the request. Default 1 MiB; never more than the target takes.</summary>
    public int BatchBytesMax { get; init; } = 1024 * 1024;

    /// <summary>
    /// Refused rows that are borne. Default 0: the first one ends the write with a <see cref="BulkWriteException"/>. To get
    /// all refused rows in the report, take <see cref="int.MaxValue"/> and look at it.
    /// </summary>
    public int RejectedMax { get; init; }

    /// <summary>Refused rows that the report keeps with key and error; the others are counted. Default 1,000.</summary>
    public int FailuresKeptMax { get; init; } = 1_000;

    /// <summary>
    /// Names the import, so that one that broke off goes on where it was: rows that an earlier run with this name has applied
    /// are skipped. The rows must come in the same order again. Null (default): begin with the first row.
    /// </summary>
    public string? ResumeName { get; init; }

    /// <summary>Told after each batch, on the thread that writes.</summary>
    public IProgress<BulkProgress>? Progress { get; init; }

    /// <summary>
    /// Whether rows are parameters of their own, or one JSON parameter. Null (default): parameters on Shoal, where they are a
    /// third faster (part <c>client</c> of bench/run); JSON on D1, which takes 100 parameters and makes reals of integers.
    /// </summary>
    internal bool? AsParameters { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchRowsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchBytesMax, 1_000);
        ArgumentOutOfRangeException.ThrowIfNegative(RejectedMax);
        ArgumentOutOfRangeException.ThrowIfNegative(FailuresKeptMax);
    }
}

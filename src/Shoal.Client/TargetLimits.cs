using Shoal.Protocol;

namespace Shoal.Client;

/// <summary>What one request to a target may hold. Batches are cut to fit; a single statement that does not fit is refused.</summary>
public sealed record TargetLimits
{
    /// <summary>Bounds of one statement.</summary>
    public SqlLimits Sql { get; init; } = SqlLimits.Relaxed;

    /// <summary>Size of a request's body. Units: bytes. Default 16 MiB, as a Shoal server.</summary>
    public int BodyBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Statements of one request. Default 10,000, as a Shoal server.</summary>
    public int StatementsMax { get; init; } = 10_000;

    /// <summary>The limits of a target with default settings.</summary>
    public static TargetLimits Of(ShoalTarget target) => target switch
    {
        ShoalTarget.Shoal => new TargetLimits(),

        // D1 documents no bound on a request's body; this one lets its largest value (2 MB) pass, escaped at that.
        ShoalTarget.CloudflareD1 => new TargetLimits
        {
            Sql = SqlLimits.Strict, BodyBytesMax = 8 * 1024 * 1024, StatementsMax = 1_000,
        },
    };
}

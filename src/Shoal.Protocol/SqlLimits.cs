namespace Shoal.Protocol;

/// <summary>Bounds on one SQL statement.</summary>
/// <remarks>
/// Source: the D1 limits page (September 2026) and the limits that Cloudflare's open-source engine sets per connection.
/// </remarks>
public sealed record SqlLimits
{
    /// <summary>Length of one statement's text. Units: bytes of UTF-8.</summary>
    public int SqlBytesMax { get; init; } = 100_000;

    /// <summary>Bound parameters of one statement.</summary>
    public int ParametersMax { get; init; } = 100;

    /// <summary>Columns of a table, an index or a result.</summary>
    public int ColumnsMax { get; init; } = 100;

    /// <summary>Size of one string, blob or row. Units: bytes.</summary>
    public int ValueBytesMax { get; init; } = 2_000_000;

    /// <summary>Length of a LIKE or GLOB pattern. Units: bytes.</summary>
    public int LikePatternBytesMax { get; init; } = 50;

    /// <summary>Terms of a compound SELECT (UNION and relatives).</summary>
    public int CompoundSelectTermsMax { get; init; } = 5;

    /// <summary>Depth of an expression tree.</summary>
    public int ExpressionDepthMax { get; init; } = 100;

    /// <summary>Instructions of one compiled statement.</summary>
    public int VdbeOpsMax { get; init; } = 25_000;

    /// <summary>Depth to which triggers may fire triggers.</summary>
    public int TriggerDepthMax { get; init; } = 10;

    /// <summary>Arguments of one SQL function.</summary>
    /// <remarks>D1's limits page says 32, which its engine raised in 2024: https://github.com/cloudflare/workerd/pull/2493.</remarks>
    public int FunctionArgumentsMax { get; init; } = 127;

    /// <summary>Cloudflare D1's limits; what <see cref="CompatibilityLevel.Strict"/> applies.</summary>
    public static SqlLimits Strict { get; } = new();

    /// <summary>SQLite's own limits where D1's get in the way; what <see cref="CompatibilityLevel.Relaxed"/> applies.</summary>
    /// <remarks>Source: https://www.sqlite.org/limits.html (the defaults), the value size bounded by our allocator's 16 MiB.</remarks>
    public static SqlLimits Relaxed { get; } = new()
    {
        SqlBytesMax = 10_000_000,
        ParametersMax = 32_766,
        ColumnsMax = 2_000,
        ValueBytesMax = 15_000_000,
        LikePatternBytesMax = 50_000,
        CompoundSelectTermsMax = 500,
        ExpressionDepthMax = 1_000,
        VdbeOpsMax = 250_000_000,
        TriggerDepthMax = 1_000,
        FunctionArgumentsMax = 1_000,
    };
}

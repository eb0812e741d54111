using Shoal.Protocol;

namespace Shoal.Engine.Requests;

/// <summary>A batch: statements that run in order in one transaction and commit together or not at all.</summary>
public sealed class SqlRequest
{
    /// <summary>The statements. At least one.</summary>
    public required IReadOnlyList<SqlBatchItem> Items { get; init; }

    /// <summary>Which limits apply. Default: D1's.</summary>
    public CompatibilityLevel Compatibility { get; init; } = CompatibilityLevel.Strict;

    /// <summary>Refuse statements that write (the caller's token may only read).</summary>
    public bool ReadOnly { get; init; }

    /// <summary>A request of one item.</summary>
    public static SqlRequest Single(string sql, params SqlValue[] parameters) =>
        new() { Items = [new SqlBatchItem(sql, parameters)] };

    /// <summary>A request of one item under relaxed limits; what the engine's own tools send.</summary>
    public static SqlRequest Relaxed(string sql, params SqlValue[] parameters) =>
        new() { Items = [new SqlBatchItem(sql, parameters)], Compatibility = CompatibilityLevel.Relaxed };
}

namespace Shoal.Engine.Catalog;

/// <summary>What a caller says of a database to create. The engine validates it.</summary>
public sealed record NewDatabase
{
    /// <summary>The account that will own it: letters, digits, <c>-</c> and <c>_</c>; at most 512 characters.</summary>
    public required string Account { get; init; }

    /// <summary>Letters, digits, <c>-</c> and <c>_</c>, not starting with <c>-</c>; at most 512 characters.</summary>
    public required string Name { get; init; }

    /// <summary>D1's <c>primary_location_hint</c>: wnam, enam, weur, eeur, apac or oc; null for none.</summary>
    public string? LocationHint { get; init; }

    /// <summary>D1's <c>jurisdiction</c>: eu, fedramp or us; null for none.</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>D1's <c>read_replication.mode</c>: auto or disabled.</summary>
    public string ReadReplication { get; init; } = "disabled";
}

namespace Shoal.Sync.Configuration;

/// <summary>How often a running sync compares tenants with PostgreSQL by itself.</summary>
public sealed record VerifySettings
{
    /// <summary>Time in which every tenant is compared once, one after the other. Default zero: never.</summary>
    public TimeSpan Every { get; init; }

    /// <summary>Whether what differs is put right. Default true.</summary>
    public bool Repairs { get; init; } = true;

    /// <summary>
    /// How often one tenant, taken at random, is copied into a database of its own that is thrown away, to prove that a copy would
    /// succeed and be right. Default zero: never.
    /// </summary>
    public TimeSpan ShadowEvery { get; init; }
}

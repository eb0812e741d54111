namespace Shoal.Protocol.D1;

/// <summary>Body of <c>POST /database</c>.</summary>
public sealed record CreateDatabaseBody
{
    /// <summary>Unique within the account. Required.</summary>
    public string? Name { get; init; }

    /// <summary>wnam, enam, weur, eeur, apac or oc.</summary>
    public string? PrimaryLocationHint { get; init; }

    /// <summary>eu, fedramp or us.</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>Default: disabled.</summary>
    public ReadReplication? ReadReplication { get; init; }
}

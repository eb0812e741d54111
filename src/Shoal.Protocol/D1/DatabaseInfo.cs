using System.Text.Json.Serialization;

namespace Shoal.Protocol.D1;

/// <summary>D1's description of a database. Members that a reply leaves out are null.</summary>
public sealed record DatabaseInfo
{
    /// <summary>Lower-case UUID.</summary>
    public required string Uuid { get; init; }

    /// <summary>Unique within the account.</summary>
    public required string Name { get; init; }

    /// <summary>Always <c>production</c>.</summary>
    public string Version { get; init; } = "production";

    /// <summary>ISO 8601 with milliseconds and <c>Z</c>.</summary>
    public required string CreatedAt { get; init; }

    /// <summary>Ordinary tables.</summary>
    public int? NumTables { get; init; }

    /// <summary>Size of the database. Units: bytes.</summary>
    public long? FileSize { get; init; }

    /// <summary>The region the server was configured with.</summary>
    public string? RunningInRegion { get; init; }

    /// <summary>The region the server was configured with; in the reply to a creation.</summary>
    public string? CreatedInRegion { get; init; }

    /// <summary>Upper case; in the reply to a creation.</summary>
    public string? PrimaryLocationHint { get; init; }

    /// <summary>eu, fedramp, us or null; always written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Jurisdiction { get; init; }

    /// <summary>Whether reads may be served by replicas.</summary>
    public ReadReplication? ReadReplication { get; init; }
}

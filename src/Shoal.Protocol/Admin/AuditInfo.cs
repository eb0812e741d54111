using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoal.Protocol.Admin;

/// <summary>An administrative act as the admin API shows it.</summary>
public sealed record AuditInfo
{
    /// <summary>Counts up.</summary>
    public required long Id { get; init; }

    /// <summary>When it was noted.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who: a token's id, <c>server</c> or <c>command-line</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>From where: the peer's address, or <c>local</c> and a user's name.</summary>
    public required string Origin { get; init; }

    /// <summary>What, such as <c>token.create</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The account it concerns, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Account { get; init; }

    /// <summary>Id of the database or token it was done to, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Subject { get; init; }

    /// <summary>More of it; an object whose members depend on the action.</summary>
    public required JsonElement Detail { get; init; }
}

using System.Text.Json.Serialization;

namespace Shoal.Protocol.Admin;

/// <summary>A token as the admin API shows it.</summary>
public sealed record TokenInfo
{
    /// <summary>Used to revoke it.</summary>
    public required string Id { get; init; }

    /// <summary>What the operator called it.</summary>
    public required string Name { get; init; }

    /// <summary>The account it is confined to, or null for every account.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Account { get; init; }

    /// <summary>The databases it is confined to; empty for every database of the account.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary><c>read</c>, <c>write</c> or <c>admin</c>.</summary>
    public required string Permission { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it stops working, or null for never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the client sends as bearer token; only in the reply to its creation.</summary>
    public string? Secret { get; init; }
}

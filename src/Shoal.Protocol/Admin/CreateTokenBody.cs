namespace Shoal.Protocol.Admin;

/// <summary>Body of <c>POST /admin/tokens</c>.</summary>
public sealed record CreateTokenBody
{
    /// <summary>What the operator calls it. Required.</summary>
    public string? Name { get; init; }

    /// <summary>The account to confine it to; absent for every account.</summary>
    public string? Account { get; init; }

    /// <summary>The databases (UUIDs) to confine it to; absent or empty for every database of the account.</summary>
    public IReadOnlyList<string>? Databases { get; init; }

    /// <summary><c>read</c>, <c>write</c> or <c>admin</c>. Required.</summary>
    public string? Permission { get; init; }

    /// <summary>ISO 8601 instant after which it stops working; absent for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

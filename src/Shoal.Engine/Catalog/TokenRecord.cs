using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>An API token; its secret is kept only as a SHA-256 hash.</summary>
/// <param name="Id">Short public name of the token (hex), used to revoke it.</param>
/// <param name="Name">What the operator called it.</param>
/// <param name="Account">The account it is confined to, or null for every account.</param>
/// <param name="Databases">The databases it is confined to; empty for every database of the account.</param>
/// <param name="Permission">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it stops working, or null for never.</param>
public sealed record TokenRecord(
    string Id,
    string Name,
    string? Account,
    IReadOnlyList<DatabaseId> Databases,
    TokenPermission Permission,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt);

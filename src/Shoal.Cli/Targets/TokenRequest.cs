using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Cli.Targets;

/// <summary>A token to make.</summary>
/// <param name="Name">What the operator calls it.</param>
/// <param name="Account">The account it is confined to, or null.</param>
/// <param name="Databases">The databases it is confined to; empty for all.</param>
/// <param name="Permission">What it may do.</param>
/// <param name="ExpiresAt">When it stops working, or null.</param>
internal sealed record TokenRequest(
    string Name,
    string? Account,
    IReadOnlyList<DatabaseId> Databases,
    TokenPermission Permission,
    DateTimeOffset? ExpiresAt);

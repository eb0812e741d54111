using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>The API tokens of a data folder.</summary>
/// <remarks>Thread: safe for any. Cost: <see cref="Find"/> is one hash and one dictionary look-up, no I/O.</remarks>
public sealed class TokenStore
{
    /// <summary>Makes a token; durable when the task completes.</summary>
    public Task<NewToken> CreateAsync(string name, string? account, IReadOnlyList<DatabaseId> databases,
        TokenPermission permission, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>All tokens that are not revoked, oldest first; expired ones included.</summary>
    public IReadOnlyList<TokenRecord> List() => throw new NotSupportedException();

    /// <summary>Revokes a token at once and for good; false when no token has that id.</summary>
    public Task<bool> RevokeAsync(string tokenId, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>The live token with this secret (UTF-8); null when unknown, revoked or expired.</summary>
    public TokenRecord? Find(ReadOnlySpan<byte> secret) => throw new NotSupportedException();
}

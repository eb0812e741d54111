using System.Security.Cryptography;
using System.Text;
using Shoal.Engine.Catalog;

namespace Shoal.Server.Auth;

/// <summary>The token given on the command line: every right on every account, kept only as a hash, only in memory.</summary>
internal sealed class DevelopmentToken
{
    private readonly byte[] _hash;
    private readonly TokenRecord _record;

    public DevelopmentToken(string secret, DateTimeOffset now)
    {
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        _record = new TokenRecord("development", "development", Account: null, Databases: [], TokenPermission.Admin, now,
            ExpiresAt: null);
    }

    /// <summary>The token if this is its secret. Takes the same time for any secret of the same length.</summary>
    public TokenRecord? Find(ReadOnlySpan<byte> secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(secret, hash);
        return CryptographicOperations.FixedTimeEquals(hash, _hash) ? _record : null;
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>The API tokens of a data folder.</summary>
/// <remarks>Thread: safe for any. Cost: <see cref="Find"/> is one hash and one dictionary look-up, no I/O.</remarks>
public sealed class TokenStore
{
    private const string Prefix = "shoal_";
    private const int SecretBytes = 32;
    private const int HashBytes = 32;
    private const int SecretLengthMax = 512;

    // Keyed by the hash of a 256-bit random secret: whoever can aim at a bucket already knows the secret, so the
    // look-up's time tells nothing of use.
    private readonly ConcurrentDictionary<HashKey, TokenRecord> _byHash = new();
    private readonly DatabaseCatalog _catalog;
    private readonly TimeProvider _time;

    private TokenStore(DatabaseCatalog catalog, TimeProvider time)
    {
        _catalog = catalog;
        _time = time;
    }

    /// <summary>Makes a token; durable when the task completes.</summary>
    /// <exception cref="EngineException">The name or the account is not valid, or a database does not exist.</exception>
    public async Task<NewToken> CreateAsync(string name, string? account, IReadOnlyList<DatabaseId> databases,
        TokenPermission permission, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (string.IsNullOrWhiteSpace(name) || name.Length > 200)
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, "Invalid property: name => 1 to 200 characters");
        }

        if (account is not null)
        {
            DatabaseNames.CheckAccount(account);
        }

        foreach (var id in databases)
        {
            if (_catalog.Find(id) is not { } database || (account is not null && database.Account != account))
            {
                throw DatabaseCatalog.NotFound(id.ToString());
            }
        }

        var secret = Prefix + Base64Url(RandomNumberGenerator.GetBytes(SecretBytes));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        var record = new TokenRecord(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), name, account, [.. databases], permission,
            _time.GetUtcNow(), expiresAt);
        await _catalog.ExecuteAsync(
            """
            INSERT INTO tokens(id, name, hash, account, databases, permission, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            SqlValue.Text(record.Id), SqlValue.Text(name), SqlValue.Blob(hash), DatabaseCatalog.OptionalText(account),
            SqlValue.Text(string.Join(',', databases)), SqlValue.Integer((int)permission),
            SqlValue.Integer(record.CreatedAt.ToUnixTimeMilliseconds()),
            expiresAt is { } expires ? SqlValue.Integer(expires.ToUnixTimeMilliseconds()) : SqlValue.Null).ConfigureAwait(false);
        _byHash[new HashKey(hash)] = record;
        return new NewToken(record, secret);
    }

    /// <summary>All tokens that are not revoked, oldest first; expired ones included.</summary>
    public IReadOnlyList<TokenRecord> List() =>
        [.. _byHash.Values.OrderBy(token => token.CreatedAt).ThenBy(token => token.Id, StringComparer.Ordinal)];

    /// <summary>Revokes a token at once and for good; false when no token has that id.</summary>
    public async Task<bool> RevokeAsync(string tokenId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (key, record) in _byHash)
        {
            if (record.Id == tokenId)
            {
                await _catalog.ExecuteAsync("DELETE FROM tokens WHERE id = ?", SqlValue.Text(tokenId)).ConfigureAwait(false);
                return _byHash.TryRemove(key, out _);
            }
        }

        return false;
    }

    /// <summary>The live token with this secret (UTF-8); null when unknown, revoked or expired.</summary>
    public TokenRecord? Find(ReadOnlySpan<byte> secret)
    {
        if (secret.IsEmpty || secret.Length > SecretLengthMax)
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[HashBytes];
        SHA256.HashData(secret, hash);
        return _byHash.TryGetValue(new HashKey(hash), out var token) && !IsExpired(token) ? token : null;
    }

    internal static async Task<TokenStore> LoadAsync(DatabaseCatalog catalog, TimeProvider time)
    {
        var store = new TokenStore(catalog, time);
        var rows = await catalog.ExecuteAsync(
            "SELECT id, name, hash, account, databases, permission, created_at, expires_at FROM tokens").ConfigureAwait(false);
        foreach (var row in rows)
        {
            store._byHash[new HashKey(row[2].AsBytes.Span)] = ToRecord(row);
        }

        return store;
    }

    private static TokenRecord ToRecord(SqlValue[] row) => new(
        DatabaseCatalog.TextOf(row[0]),
        DatabaseCatalog.TextOf(row[1]),
        DatabaseCatalog.OptionalTextOf(row[3]),
        ParseDatabases(DatabaseCatalog.TextOf(row[4])),
        (TokenPermission)row[5].AsInteger,
        DateTimeOffset.FromUnixTimeMilliseconds(row[6].AsInteger),
        row[7].Kind == SqlValueKind.Null ? null : DateTimeOffset.FromUnixTimeMilliseconds(row[7].AsInteger));

    private static IReadOnlyList<DatabaseId> ParseDatabases(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => new DatabaseId(Guid.Parse(part)))];

    private static string Base64Url(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private bool IsExpired(TokenRecord token) => token.ExpiresAt is { } expires && _time.GetUtcNow() >= expires;

    private readonly record struct HashKey(UInt128 High, UInt128 Low)
    {
        public HashKey(ReadOnlySpan<byte> hash)
            : this(
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash),
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash[16..]))
        {
        }
    }
}

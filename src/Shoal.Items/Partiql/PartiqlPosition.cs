using System.Security.Cryptography;
using System.Text;
using Shoal.Engine;
using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>Where a page of a SELECT begins.</summary>
/// <param name="Partition">Which of the partitions that it names.</param>
/// <param name="Key">After which item; null for the partition's first.</param>
internal sealed record PartiqlPosition(int Partition, Item? Key)
{
    private const byte Version = 1;
    private const int HashBytes = 8;
    private const int HeadBytes = 1 + HashBytes + 1;

    /// <summary>As a token, which goes with one statement and its parameters only.</summary>
    public string ToToken(string statement, IReadOnlyList<AttributeValue> parameters)
    {
        var key = Key is null ? [] : ItemEncoding.Encode(Key);
        byte[] bytes = [Version, .. HashOf(statement, parameters), (byte)Partition, .. key];
        return Convert.ToBase64String(bytes);
    }

    /// <exception cref="ItemException">It is no token, or of another statement.</exception>
    public static PartiqlPosition Of(string token, string statement, IReadOnlyList<AttributeValue> parameters)
    {
        try
        {
            var bytes = Convert.FromBase64String(token);
            if (bytes.Length < HeadBytes || bytes[0] != Version)
            {
                throw Invalid();
            }

            if (!bytes.AsSpan(1, HashBytes).SequenceEqual(HashOf(statement, parameters)))
            {
                throw ItemException.Validation("NextToken does not match request");
            }

            return new PartiqlPosition(bytes[HeadBytes - 1],
                bytes.Length == HeadBytes ? null : ItemEncoding.Decode(bytes.AsSpan(HeadBytes)));
        }
        catch (Exception error) when (error is FormatException or EngineException { Kind: EngineErrorKind.Corruption })
        {
            throw Invalid();
        }
    }

    private static ItemException Invalid() => ItemException.Validation("Invalid NextToken");

    private static byte[] HashOf(string statement, IReadOnlyList<AttributeValue> parameters) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{statement}\n{AttributeValue.List(parameters)}"))[..HashBytes];
}

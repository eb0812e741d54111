using Shoal.Engine.History.Stores;

namespace Shoal.ObjectStore;

/// <summary>A place in a bucket, written <c>s3://bucket/prefix</c>.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">What all names begin with; empty, or ends with a slash.</param>
public sealed record S3Address(string Bucket, string Prefix)
{
    private const string Scheme = "s3://";

    /// <summary>Whether a text is meant to be one.</summary>
    public static bool IsMeant(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads an address.</summary>
    /// <exception cref="ObjectStoreException">It is none.</exception>
    public static S3Address Parse(string text)
    {
        var rest = text[Scheme.Length..].TrimEnd('/');
        var (bucket, prefix) = rest.IndexOf('/') is > 0 and var slash ? (rest[..slash], rest[(slash + 1)..]) : (rest, "");
        if (bucket.Length == 0 || bucket.StartsWith('/') || rest.Contains('@') || rest.Contains("//", StringComparison.Ordinal)
            || !rest.All(static character => char.IsAsciiLetterOrDigit(character) || "-_./".Contains(character)))
        {
            // The text itself is not repeated: it may hold a secret that does not belong there.
            throw new ObjectStoreException("the address of the history store is not valid",
                "It is s3://BUCKET/PREFIX of letters, digits, -, _ and dots. Keys are given by AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, the server by an endpoint.", mayPass: false);
        }

        return new S3Address(bucket, prefix.Length == 0 ? "" : prefix + "/");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{Bucket}/{Prefix}".TrimEnd('/');
}

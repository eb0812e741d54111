using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Shoal.Protocol;

/// <summary>The permanent identity of one database. Never reused, also not after the database is deleted.</summary>
/// <remarks>Shape: a UUID; its text is lower-case with hyphens, as Cloudflare D1 writes it.</remarks>
/// <param name="Value">The UUID.</param>
public readonly record struct DatabaseId(Guid Value)
{
    /// <summary>A new random (version 4) identity from the operating system's generator.</summary>
    public static DatabaseId NewRandom()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new DatabaseId(new Guid(bytes, bigEndian: true));
    }

    /// <summary>Reads the hyphenated form, in either case; anything else is not an id.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DatabaseId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value);
        id = new DatabaseId(value);
        return parsed;
    }

    /// <summary>The lower-case hyphenated UUID.</summary>
    public override string ToString() => Value.ToString("D");
}

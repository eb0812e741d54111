using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Shoal.Protocol;

/// <summary>Names a commit of a database, or the state before its first.</summary>
/// <remarks>
/// Shape: <c>epoch-number high-number low-check</c> in lower-case hexadecimal digits, 8, 8, 8 and 32 of them. Bookmarks of one
/// database sort as text by age, which is how clients compare them. Source: the shape is D1's.
/// </remarks>
/// <param name="Epoch">Grows when the numbers of commits may not go on from where they were.</param>
/// <param name="Number">The commit's number within the epoch.</param>
/// <param name="Check">Tells a bookmark of this database from another's, and from made-up text.</param>
public readonly record struct Bookmark(uint Epoch, ulong Number, UInt128 Check)
{
    private const int IdBytes = 16;
    private const int HashedBytes = IdBytes + sizeof(uint) + sizeof(ulong);

    /// <summary>The bookmark of a commit.</summary>
    public static Bookmark Of(DatabaseId database, uint epoch, ulong number)
    {
        Span<byte> hashed = stackalloc byte[HashedBytes];
        database.Value.TryWriteBytes(hashed, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(hashed[IdBytes..], epoch);
        BinaryPrimitives.WriteUInt64BigEndian(hashed[(IdBytes + sizeof(uint))..], number);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(hashed, hash);
        return new Bookmark(epoch, number, BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    /// <summary>Reads the text of a bookmark, in either case; anything else is not one. Whose it is, only its check tells.</summary>
    public static bool TryParse(string? text, out Bookmark bookmark)
    {
        bookmark = default;
        if (text?.Split('-') is not [{ Length: 8 } epoch, { Length: 8 } high, { Length: 8 } low, { Length: 32 } check]
            || !uint.TryParse(epoch, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var epochValue)
            || !uint.TryParse(high, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var highValue)
            || !uint.TryParse(low, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var lowValue)
            || !UInt128.TryParse(check, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var checkValue))
        {
            return false;
        }

        bookmark = new Bookmark(epochValue, ((ulong)highValue << 32) | lowValue, checkValue);
        return true;
    }

    /// <summary>The text clients see.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Epoch:x8}-{(uint)(Number >> 32):x8}-{(uint)Number:x8}-{Check:x32}");
}

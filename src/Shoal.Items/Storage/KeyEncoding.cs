using System.Security.Cryptography;
using System.Text;
using Shoal.Items.Values;

namespace Shoal.Items.Storage;

/// <summary>Keys as bytes whose order is the order of the values.</summary>
/// <remarks>
/// S is its UTF-8, B itself. N is an exponent byte and two digits a byte, complemented for negative numbers; zero is one byte.
/// A partition key starts with three bytes of a hash of it: scans and segments go by hash, as in DynamoDB, and nothing can be
/// read off the order of partitions. Format: <c>docs/formats/items.md</c>.
/// </remarks>
internal static class KeyEncoding
{
    /// <summary>Bytes of hash before a partition key.</summary>
    public const int HashBytes = 3;

    private const byte ZeroByte = 0x80;
    private const byte NegativeEnd = 102;
    private const int NumberDigitBytesMax = 20;

    /// <summary>The salt of the hash.</summary>
    private static readonly byte[] Salt = "Outliers"u8.ToArray();

    /// <summary>The bytes of a key's value.</summary>
    public static byte[] Encode(AttributeValue value) => value.Type switch
    {
        AttributeType.S => Encoding.UTF8.GetBytes(value.AsText),
        AttributeType.N => EncodeNumber(value.AsNumber),
        AttributeType.B => value.AsBytes,
        _ => throw new ArgumentException($"{value.Type} is not a type of keys", nameof(value)),
    };

    /// <summary>A partition key: hash and value.</summary>
    public static byte[] EncodePartition(AttributeValue value)
    {
        var encoded = Encode(value);
        var key = new byte[HashBytes + encoded.Length];
        Hash(encoded, [], key);
        encoded.CopyTo(key, HashBytes);
        return key;
    }

    /// <summary>What tells entries of an index apart that have the same key: the table's key, in order of its hash.</summary>
    public static byte[] EncodeTie(AttributeValue partition, AttributeValue? sort)
    {
        var first = Encode(partition);
        var second = sort is null ? [] : Encode(sort);
        var tie = new byte[HashBytes + 2 + first.Length + second.Length];
        Hash(first, second, tie);
        tie[HashBytes] = (byte)(first.Length >> 8);
        tie[HashBytes + 1] = (byte)first.Length;
        first.CopyTo(tie, HashBytes + 2);
        second.CopyTo(tie, HashBytes + 2 + first.Length);
        return tie;
    }

    /// <summary>The first bytes of hash of a segment of a scan: 4096 hashes are shared out evenly.</summary>
    /// <returns>Two bytes in which the upper twelve bits count; null past the last.</returns>
    public static byte[]? SegmentStart(int segment, int totalSegments)
    {
        var start = (int)(((4096L * segment) + totalSegments - 1) / totalSegments);
        return start >= 4096 ? null : [(byte)(start >> 4), (byte)(start << 4)];
    }

    /// <summary>The smallest key that is greater than every key that starts with this one; null when there is none.</summary>
    public static byte[]? AfterPrefix(ReadOnlySpan<byte> prefix)
    {
        var end = prefix.TrimEnd((byte)0xFF).ToArray();
        if (end.Length == 0)
        {
            return null;
        }

        end[^1]++;
        return end;
    }

    private static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> target)
    {
        Span<byte> input = stackalloc byte[Salt.Length + ItemLimits.PartitionKeyBytesMax + ItemLimits.SortKeyBytesMax];
        Salt.CopyTo(input);
        first.CopyTo(input[Salt.Length..]);
        second.CopyTo(input[(Salt.Length + first.Length)..]);
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // it spreads keys; nothing is kept secret by it
        MD5.HashData(input[..(Salt.Length + first.Length + second.Length)], hash);
#pragma warning restore CA5351
        hash[..HashBytes].CopyTo(target);
    }

    private static byte[] EncodeNumber(ItemNumber number)
    {
        if (number.IsZero)
        {
            return [ZeroByte];
        }

        // The number is 0.digits × 10^exponent; with an even exponent that is base 100.
        var digits = number.Digits();
        var exponent = number.Magnitude + 1;
        if (exponent % 2 != 0)
        {
            digits = "0" + digits;
            exponent++;
        }

        if (digits.Length % 2 != 0)
        {
            digits += "0";
        }

        var pairs = digits.Length / 2;
        var hasEnd = number.IsNegative && pairs < NumberDigitBytesMax;
        var bytes = new byte[1 + pairs + (hasEnd ? 1 : 0)];
        bytes[0] = (byte)((exponent / 2) - 64);
        for (var index = 0; index < pairs; index++)
        {
            var pair = ((digits[2 * index] - '0') * 10) + (digits[(2 * index) + 1] - '0');
            bytes[index + 1] = (byte)(number.IsNegative ? 101 - pair : pair + 1);
        }

        if (number.IsNegative)
        {
            bytes[0] ^= 0xFF;
        }

        if (hasEnd)
        {
            bytes[^1] = NegativeEnd;
        }

        return bytes;
    }
}

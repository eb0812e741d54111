using System.Buffers.Binary;
using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Sort keys of elements: bytes whose order is the order of the elements.</summary>
internal static class ElementKey
{
    /// <summary>Before what finds an element by its name, where elements are stored twice.</summary>
    public const byte ByMember = (byte)'m';

    /// <summary>Before what finds elements in order.</summary>
    public const byte ByOrder = (byte)'s';

    /// <summary>A signed integer.</summary>
    public static byte[] Integer(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)value ^ (1UL << 63));
        return bytes;
    }

    public static long ToInteger(ReadOnlySpan<byte> bytes) => (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) ^ (1UL << 63));

    /// <summary>Two signed integers.</summary>
    public static byte[] Integers(long first, long second) => [.. Integer(first), .. Integer(second)];

    public static byte[] Unsigned(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Named(byte[] member) => [ByMember, .. member];

    /// <summary>A score: as a key, and ended, so that what follows it never counts before the score.</summary>
    /// <remarks>Digits are 1 to 100 and a negative number ends in 102 or is of full length, so 0 ends the others.</remarks>
    public static byte[] Score(ItemNumber score)
    {
        var encoded = KeyEncoding.Encode(AttributeValue.Number(score));
        return score.IsNegative ? [ByOrder, .. encoded] : [ByOrder, .. encoded, 0];
    }

    public static byte[] Scored(ItemNumber score, byte[] member) => [.. Score(score), .. member];

    /// <summary>The first key after all that start with a prefix.</summary>
    public static byte[]? After(byte[] prefix) => KeyEncoding.AfterPrefix(prefix);
}

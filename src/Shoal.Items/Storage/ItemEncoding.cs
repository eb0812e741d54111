using System.Buffers;
using System.Text;
using Shoal.Engine;
using Shoal.Items.Values;

namespace Shoal.Items.Storage;

/// <summary>Items as bytes in a database. Format: <c>docs/formats/items.md</c>.</summary>
/// <remarks>Invariant: version 1 stays readable for ever; what is not a whole item of a known version is corruption.</remarks>
internal static class ItemEncoding
{
    /// <summary>The first byte of every item.</summary>
    public const byte Version = 1;

    /// <exception cref="ItemException">The item is nested too deeply, so that it could not be read again.</exception>
    public static byte[] Encode(Item item)
    {
        var output = new ArrayBufferWriter<byte>(256);
        Encode(item, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>As <see cref="Encode(Item)"/>, into a buffer.</summary>
    /// <exception cref="ItemException">The item is nested too deeply, so that it could not be read again.</exception>
    public static void Encode(Item item, ArrayBufferWriter<byte> output)
    {
        WriteByte(output, Version);
        WriteMap(output, item, ItemLimits.NestingMax);
    }

    /// <exception cref="EngineException">The bytes are not an item.</exception>
    public static Item Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (bytes[0] != Version)
            {
                throw Damaged($"version {bytes[0]} is not known");
            }

            var rest = bytes[1..];
            var item = ReadMap(ref rest, ItemLimits.NestingMax + 1);
            return rest.IsEmpty ? item : throw Damaged("bytes follow its end");
        }
        catch (Exception error) when (error is ArgumentException or IndexOutOfRangeException)
        {
            throw Damaged("it ends too early");
        }
    }

    private static EngineException Damaged(string what) => new(EngineErrorKind.Corruption,
        $"a stored item is damaged: {what}", "Restore the database from a backup.");

    private static void WriteMap(ArrayBufferWriter<byte> output, Item item, int depth)
    {
        WriteLength(output, item.Count);
        foreach (var (name, value) in item)
        {
            WriteText(output, name);
            Write(output, value, depth);
        }
    }

    private static void Write(ArrayBufferWriter<byte> output, AttributeValue value, int depth)
    {
        if (depth == 0)
        {
            throw ItemException.Validation("Nesting Levels have exceeded supported limits: "
                + "Attributes in the item have nested levels beyond supported limit");
        }

        // A truth needs no byte of its own.
        WriteByte(output, (byte)((int)value.Type | (value.Type == AttributeType.BOOL && value.AsBoolean ? 0x10 : 0)));
        switch (value.Type)
        {
            case AttributeType.S:
                WriteText(output, value.AsText);
                break;
            case AttributeType.N:
                WriteNumber(output, value.AsNumber);
                break;
            case AttributeType.B:
                WriteBytes(output, value.AsBytes);
                break;
            case AttributeType.M:
                WriteMap(output, value.AsMap, depth - 1);
                break;
            case AttributeType.L:
                WriteLength(output, value.Count);
                foreach (var element in value.AsList)
                {
                    Write(output, element, depth - 1);
                }

                break;
            case AttributeType.SS:
                WriteLength(output, value.Count);
                foreach (var member in value.AsTexts)
                {
                    WriteText(output, member);
                }

                break;
            case AttributeType.NS:
                WriteLength(output, value.Count);
                foreach (var member in value.AsNumbers)
                {
                    WriteNumber(output, member);
                }

                break;
            case AttributeType.BS:
                WriteLength(output, value.Count);
                foreach (var member in value.AsBytesList)
                {
                    WriteBytes(output, member);
                }

                break;
        }
    }

    private static void WriteByte(ArrayBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private static void WriteLength(ArrayBufferWriter<byte> output, int length)
    {
        var rest = (uint)length;
        for (; rest >= 0x80; rest >>= 7)
        {
            WriteByte(output, (byte)(rest | 0x80));
        }

        WriteByte(output, (byte)rest);
    }

    private static void WriteBytes(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        WriteLength(output, bytes.Length);
        output.Write(bytes);
    }

    private static void WriteText(ArrayBufferWriter<byte> output, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteLength(output, length);
        Encoding.UTF8.GetBytes(text, output.GetSpan(length));
        output.Advance(length);
    }

    /// <summary>Sign and number of digits, exponent of the first digit, digits two a byte.</summary>
    private static void WriteNumber(ArrayBufferWriter<byte> output, ItemNumber number)
    {
        if (number.IsZero)
        {
            WriteByte(output, 0);
            return;
        }

        Span<char> digits = stackalloc char[ItemNumber.DigitsMax];
        var count = number.CopyDigits(digits);
        WriteByte(output, (byte)(count | (number.IsNegative ? 0x80 : 0)));
        WriteByte(output, (byte)(number.Magnitude + 130));
        for (var index = 0; index < count; index += 2)
        {
            var second = index + 1 < count ? digits[index + 1] - '0' : 0;
            WriteByte(output, (byte)(((digits[index] - '0') * 10) + second));
        }
    }

    private static Item ReadMap(ref ReadOnlySpan<byte> rest, int depth)
    {
        var count = ReadCount(ref rest);
        var item = new Item();
        item.EnsureCapacity(count);
        for (; count > 0; count--)
        {
            item.Add(ReadText(ref rest), Read(ref rest, depth));
        }

        return item;
    }

    private static AttributeValue Read(ref ReadOnlySpan<byte> rest, int depth)
    {
        if (depth == 0)
        {
            throw Damaged("it is nested too deeply");
        }

        var type = ReadByte(ref rest);
        switch ((AttributeType)(type & 0x0F))
        {
            case AttributeType.S:
                return AttributeValue.Text(ReadText(ref rest));
            case AttributeType.N:
                return AttributeValue.Number(ReadNumber(ref rest));
            case AttributeType.B:
                return AttributeValue.Bytes(ReadBytes(ref rest).ToArray());
            case AttributeType.BOOL:
                return AttributeValue.Boolean((type & 0x10) != 0);
            case AttributeType.NULL:
                return AttributeValue.Null;
            case AttributeType.M:
                return AttributeValue.Map(ReadMap(ref rest, depth - 1));
            case AttributeType.L:
                var list = new AttributeValue[ReadCount(ref rest)];
                for (var index = 0; index < list.Length; index++)
                {
                    list[index] = Read(ref rest, depth - 1);
                }

                return AttributeValue.List(list);
            case AttributeType.SS:
                var texts = new string[ReadCount(ref rest)];
                for (var index = 0; index < texts.Length; index++)
                {
                    texts[index] = ReadText(ref rest);
                }

                return AttributeValue.TextSet(texts);
            case AttributeType.NS:
                var numbers = new ItemNumber[ReadCount(ref rest)];
                for (var index = 0; index < numbers.Length; index++)
                {
                    numbers[index] = ReadNumber(ref rest);
                }

                return AttributeValue.NumberSet(numbers);
            case AttributeType.BS:
                var members = new byte[ReadCount(ref rest)][];
                for (var index = 0; index < members.Length; index++)
                {
                    members[index] = ReadBytes(ref rest).ToArray();
                }

                return AttributeValue.BytesSet(members);
            default:
                throw Damaged($"type {type} is not known");
        }
    }

    private static byte ReadByte(ref ReadOnlySpan<byte> rest)
    {
        var value = rest[0];
        rest = rest[1..];
        return value;
    }

    private static int ReadLength(ref ReadOnlySpan<byte> rest)
    {
        var length = 0u;
        for (var shift = 0; shift < 32; shift += 7)
        {
            var part = ReadByte(ref rest);
            length |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return length <= int.MaxValue ? (int)length : throw Damaged("a length is too large");
            }
        }

        throw Damaged("a length is too large");
    }

    /// <summary>Every element takes at least a byte, so a count past the end is damage, and costs no memory.</summary>
    private static int ReadCount(ref ReadOnlySpan<byte> rest)
    {
        var count = ReadLength(ref rest);
        return count <= rest.Length ? count : throw Damaged("a count is too large");
    }

    private static ReadOnlySpan<byte> ReadBytes(ref ReadOnlySpan<byte> rest)
    {
        var length = ReadLength(ref rest);
        var bytes = rest[..length];
        rest = rest[length..];
        return bytes;
    }

    private static string ReadText(ref ReadOnlySpan<byte> rest) => Encoding.UTF8.GetString(ReadBytes(ref rest));

    private static ItemNumber ReadNumber(ref ReadOnlySpan<byte> rest)
    {
        var header = ReadByte(ref rest);
        var count = header & 0x7F;
        if (count == 0)
        {
            return ItemNumber.Zero;
        }

        if (count > ItemNumber.DigitsMax)
        {
            throw Damaged("a number has too many digits");
        }

        var magnitude = ReadByte(ref rest) - 130;
        Span<char> digits = stackalloc char[ItemNumber.DigitsMax + 1];
        for (var index = 0; index < count; index += 2)
        {
            var pair = ReadByte(ref rest);
            if (pair > 99)
            {
                throw Damaged("a number has no such digits");
            }

            digits[index] = (char)('0' + (pair / 10));
            digits[index + 1] = (char)('0' + (pair % 10));
        }

        return ItemNumber.FromDigits((header & 0x80) != 0, digits[..count], magnitude);
    }
}

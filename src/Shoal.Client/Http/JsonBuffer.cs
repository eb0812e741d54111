using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Shoal.Client.Http;

/// <summary>The body of a request while it is written: JSON as UTF-8 in pooled memory.</summary>
/// <remarks>
/// Values can be written one level deeper, as JSON inside of a JSON string, without a text in between.
/// Owns: its array; <see cref="Recycle"/> gives it back, and only who knows that nobody sends it any more may call it.
/// </remarks>
internal sealed class JsonBuffer(int capacity = 1024)
{
    private const int NumberBytesMax = 32;
    private static readonly SearchValues<byte> Special = SearchValues.Create(SpecialBytes());

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public HttpContent ToContent() => new ByteArrayContent(_bytes, 0, Length);

    public void Recycle()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    public void Truncate(int length) => Length = length;

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Space(bytes.Length));
        Length += bytes.Length;
    }

    public void Raw(byte value)
    {
        Space(1)[0] = value;
        Length++;
    }

    public void Integer(long value)
    {
        Utf8Formatter.TryFormat(value, Space(NumberBytesMax), out var written);
        Length += written;
    }

    /// <summary>A text with its quotes. Lone surrogates become U+FFFD.</summary>
    public void Text(string value)
    {
        Raw((byte)'"');
        Escaped(value, nested: false);
        Raw((byte)'"');
    }

    /// <summary>A parameter. Reals keep a sign of being real, so that 1.0 does not bind as an integer.</summary>
    public void Value(SqlValue value)
    {
        switch (value.Kind)
        {
            case SqlValueKind.Integer:
                Integer(value.AsInteger);
                break;
            case SqlValueKind.Real:
                Real(value.AsReal);
                break;
            case SqlValueKind.Text:
                Text(value.AsText);
                break;
            case SqlValueKind.Blob:
                Blob(value.AsBlob);
                break;
            case SqlValueKind.Null:
            default:
                Raw("null"u8);
                break;
        }
    }

    /// <summary>A value of JSON that itself stands in a JSON string. Not for blobs.</summary>
    public void NestedValue(SqlValue value)
    {
        if (value.Kind != SqlValueKind.Text)
        {
            Value(value);
            return;
        }

        Raw("\\\""u8);
        Escaped(value.AsText, nested: true);
        Raw("\\\""u8);
    }

    private void Real(double value)
    {
        if (double.IsInfinity(value))
        {
            // JSON has no infinity; every parser reads this as one.
            Raw(value > 0 ? "9e999"u8 : "-9e999"u8);
            return;
        }

        var space = Space(NumberBytesMax + 2);
        Utf8Formatter.TryFormat(value, space, out var written);
        Length += written;
        if (space[..written].IndexOfAny((byte)'.', (byte)'E', (byte)'e') < 0)
        {
            Raw(".0"u8);
        }
    }

    private void Blob(byte[] value)
    {
        Raw((byte)'[');
        var space = Space(value.Length * 4);
        var used = 0;
        for (var index = 0; index < value.Length; index++)
        {
            if (index > 0)
            {
                space[used++] = (byte)',';
            }

            Utf8Formatter.TryFormat(value[index], space[used..], out var written);
            used += written;
        }

        Length += used;
        Raw((byte)']');
    }

    private void Escaped(string value, bool nested)
    {
        var space = Space(Encoding.UTF8.GetMaxByteCount(value.Length));
        var written = Encoding.UTF8.GetBytes(value, space);
        var text = space[..written];
        var first = text.IndexOfAny(Special);
        if (first < 0)
        {
            Length += written;
            return;
        }

        // What follows the first escape is taken out and written again, run by run.
        var rest = ArrayPool<byte>.Shared.Rent(written - first);
        try
        {
            text[first..].CopyTo(rest);
            Length += first;
            EscapeRuns(rest.AsSpan(0, written - first), nested);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    private void EscapeRuns(ReadOnlySpan<byte> rest, bool nested)
    {
        while (!rest.IsEmpty)
        {
            Escape(rest[0], nested);
            rest = rest[1..];
            var next = rest.IndexOfAny(Special);
            var plain = next < 0 ? rest : rest[..next];
            Raw(plain);
            rest = rest[plain.Length..];
        }
    }

    private void Escape(byte value, bool nested)
    {
        switch (value)
        {
            case (byte)'"':
                Raw(nested ? "\\\\\\\""u8 : "\\\""u8);
                break;
            case (byte)'\\':
                Raw(nested ? "\\\\\\\\"u8 : "\\\\"u8);
                break;
            case < 0x20:
                Raw(nested ? "\\\\u00"u8 : "\\u00"u8);
                Utf8Formatter.TryFormat(value, Space(2), out _, new StandardFormat('x', 2));
                Length += 2;
                break;
            default:
                Raw(value);
                break;
        }
    }

    private Span<byte> Space(int count)
    {
        if (_bytes.Length - Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + count, _bytes.Length * 2));
            _bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }

    private static byte[] SpecialBytes()
    {
        var bytes = new byte[0x20 + 2];
        for (var value = 0; value < 0x20; value++)
        {
            bytes[value] = (byte)value;
        }

        bytes[0x20] = (byte)'"';
        bytes[0x21] = (byte)'\\';
        return bytes;
    }
}

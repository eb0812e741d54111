using System.Text;

namespace Shoal.Engine.Requests;

/// <summary>One value bound to a statement's parameter or read from a column.</summary>
/// <remarks>Shape: text and blobs are borrowed memory that must stay unchanged until the request has completed.</remarks>
public readonly struct SqlValue
{
    private readonly long _bits;
    private readonly ReadOnlyMemory<byte> _bytes;

    private SqlValue(SqlValueKind kind, long bits, ReadOnlyMemory<byte> bytes)
    {
        Kind = kind;
        _bits = bits;
        _bytes = bytes;
    }

    /// <summary>NULL.</summary>
    public static SqlValue Null => default;

    /// <summary>The storage class.</summary>
    public SqlValueKind Kind { get; }

    /// <summary>The integer of a <see cref="SqlValueKind.Integer"/>.</summary>
    public long AsInteger => _bits;

    /// <summary>The double of a <see cref="SqlValueKind.Real"/>.</summary>
    public double AsReal => BitConverter.Int64BitsToDouble(_bits);

    /// <summary>The bytes of a <see cref="SqlValueKind.Text"/> (UTF-8) or <see cref="SqlValueKind.Blob"/>.</summary>
    public ReadOnlyMemory<byte> AsBytes => _bytes;

    /// <summary>An INTEGER.</summary>
    public static SqlValue Integer(long value) => new(SqlValueKind.Integer, value, default);

    /// <summary>A REAL. SQLite stores NaN as NULL.</summary>
    public static SqlValue Real(double value) => new(SqlValueKind.Real, BitConverter.DoubleToInt64Bits(value), default);

    /// <summary>A TEXT from UTF-8 bytes.</summary>
    public static SqlValue Text(ReadOnlyMemory<byte> utf8) => new(SqlValueKind.Text, 0, utf8);

    /// <summary>A TEXT from a string (allocates its UTF-8 form).</summary>
    public static SqlValue Text(string text) => new(SqlValueKind.Text, 0, Encoding.UTF8.GetBytes(text));

    /// <summary>A BLOB.</summary>
    public static SqlValue Blob(ReadOnlyMemory<byte> bytes) => new(SqlValueKind.Blob, 0, bytes);

    /// <summary>The value as .NET knows it: null, long, double, string or byte[].</summary>
    public object? ToObject() => Kind switch
    {
        SqlValueKind.Null => null,
        SqlValueKind.Integer => AsInteger,
        SqlValueKind.Real => AsReal,
        SqlValueKind.Text => Encoding.UTF8.GetString(_bytes.Span),
        SqlValueKind.Blob => _bytes.ToArray(),
    };
}

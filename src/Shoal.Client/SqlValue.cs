using System.Globalization;
using System.Runtime.CompilerServices;

namespace Shoal.Client;

/// <summary>One value that is bound to a parameter. Numbers, texts, blobs and <c>bool</c> convert by themselves.</summary>
/// <remarks>
/// Shape: null, a 64-bit integer, a double, a text or a blob, as SQLite has them. <c>true</c> and <c>false</c> are 1 and 0, a
/// <see cref="Guid"/> is its lower-case text, a <see cref="DateTimeOffset"/> its UTC text in ISO 8601, which sorts by time.
/// Owns: nothing; a blob is read when the request is sent.
/// </remarks>
public readonly struct SqlValue : IEquatable<SqlValue>
{
    private readonly object? _reference;
    private readonly long _bits;

    private SqlValue(SqlValueKind kind, object? reference, long bits)
    {
        Kind = kind;
        _reference = reference;
        _bits = bits;
    }

    /// <summary>SQL's NULL.</summary>
    public static SqlValue Null => default;

    /// <summary>Which of SQLite's types it is.</summary>
    public SqlValueKind Kind { get; }

    internal long AsInteger => _bits;

    internal double AsReal => BitConverter.Int64BitsToDouble(_bits);

    internal string AsText => Unsafe.As<string>(_reference)!;

    internal byte[] AsBlob => Unsafe.As<byte[]>(_reference)!;

    /// <summary>An integer.</summary>
    public static implicit operator SqlValue(long value) => new(SqlValueKind.Integer, null, value);

    /// <summary>An integer.</summary>
    public static implicit operator SqlValue(int value) => new(SqlValueKind.Integer, null, value);

    /// <summary>1 or 0.</summary>
    public static implicit operator SqlValue(bool value) => new(SqlValueKind.Integer, null, value ? 1 : 0);

    /// <summary>A real; NaN is null, as in SQLite.</summary>
    public static implicit operator SqlValue(double value) =>
        double.IsNaN(value) ? default : new(SqlValueKind.Real, null, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A text, or null.</summary>
    public static implicit operator SqlValue(string? value) => value is null ? default : new(SqlValueKind.Text, value, 0);

    /// <summary>A blob, or null.</summary>
    public static implicit operator SqlValue(byte[]? value) => value is null ? default : new(SqlValueKind.Blob, value, 0);

    /// <summary>An integer, or null.</summary>
    public static implicit operator SqlValue(long? value) => value is { } some ? some : default(SqlValue);

    /// <summary>An integer, or null.</summary>
    public static implicit operator SqlValue(int? value) => value is { } some ? some : default(SqlValue);

    /// <summary>1, 0 or null.</summary>
    public static implicit operator SqlValue(bool? value) => value is { } some ? some : default(SqlValue);

    /// <summary>A real, or null.</summary>
    public static implicit operator SqlValue(double? value) => value is { } some ? some : default(SqlValue);

    /// <summary>The lower-case text with hyphens.</summary>
    public static implicit operator SqlValue(Guid value) => value.ToString("D");

    /// <summary>UTC in ISO 8601 with seven digits after the second.</summary>
    public static implicit operator SqlValue(DateTimeOffset value) =>
        value.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>Whether both are the same value of the same type.</summary>
    public static bool operator ==(SqlValue left, SqlValue right) => left.Equals(right);

    /// <summary>Whether they differ in value or type.</summary>
    public static bool operator !=(SqlValue left, SqlValue right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(SqlValue other) => Kind == other.Kind && Kind switch
    {
        SqlValueKind.Null => true,
        SqlValueKind.Integer or SqlValueKind.Real => _bits == other._bits,
        SqlValueKind.Text => string.Equals(AsText, other.AsText, StringComparison.Ordinal),
        SqlValueKind.Blob => AsBlob.AsSpan().SequenceEqual(other.AsBlob),
    };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SqlValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Kind);
        switch (Kind)
        {
            case SqlValueKind.Text:
                hash.Add(AsText, StringComparer.Ordinal);
                break;
            case SqlValueKind.Blob:
                hash.AddBytes(AsBlob);
                break;
            case SqlValueKind.Null or SqlValueKind.Integer or SqlValueKind.Real:
            default:
                hash.Add(_bits);
                break;
        }

        return hash.ToHashCode();
    }

    /// <summary>For people; a blob as the number of its bytes.</summary>
    public override string ToString() => Kind switch
    {
        SqlValueKind.Null => "NULL",
        SqlValueKind.Integer => _bits.ToString(CultureInfo.InvariantCulture),
        SqlValueKind.Real => AsReal.ToString("R", CultureInfo.InvariantCulture),
        SqlValueKind.Text => AsText,
        SqlValueKind.Blob => string.Create(CultureInfo.InvariantCulture, $"blob of {AsBlob.Length} bytes"),
    };
}

using System.Security.Cryptography;
using System.Text;

namespace Shoal.Engine.Usage;

/// <summary>A statement's text without its values, so that runs with different values count as one statement.</summary>
/// <remarks>
/// Literals become <c>?</c>, except 0 and 1, which often decide the plan, and numbers of columns after <c>BY</c>. Lists after
/// <c>IN</c> and further rows of <c>VALUES</c> shrink to one; comments go, white space becomes one blank. What is left is SQL
/// that can be explained. Values of parameters are never in it. A text in double quotes stays: it may be a name.
/// </remarks>
public sealed class StatementFingerprint : IEquatable<StatementFingerprint>
{
    /// <summary>Length of a text; the rest is cut. Units: bytes.</summary>
    public const int TextBytesMax = 4_000;

    private readonly byte[] _hash;

    private StatementFingerprint(byte[] text)
    {
        _hash = SHA256.HashData(text);
        Text = Encoding.UTF8.GetString(text);
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>SHA-256 of the text's UTF-8 form.</summary>
    public ReadOnlyMemory<byte> Hash => _hash;

    /// <summary>Reads a statement's text. Cost: one pass.</summary>
    /// <param name="sql">UTF-8.</param>
    public static StatementFingerprint Of(ReadOnlySpan<byte> sql) => new(new StatementShortener().Shorten(sql));

    /// <summary>A name in place of a text, for work that is no statement, such as an import.</summary>
    public static StatementFingerprint Named(string name) => new(Encoding.UTF8.GetBytes(name));

    /// <inheritdoc/>
    public bool Equals(StatementFingerprint? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash.AsSpan().SequenceEqual(other._hash));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StatementFingerprint);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_hash);
}

namespace Shoal.Items.Partiql;

/// <summary>A token of a PartiQL statement.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, quotes and their doubles resolved.</param>
/// <param name="Offset">Where it begins. Units: UTF-16 code units.</param>
/// <param name="Length">How long it is in the statement. Units: UTF-16 code units.</param>
internal readonly record struct PartiqlToken(PartiqlTokenKind Kind, string Text, int Offset, int Length)
{
    public bool Is(string symbol) => Kind == PartiqlTokenKind.Symbol && Text == symbol;

    public bool IsWord(string word) => Kind == PartiqlTokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);
}

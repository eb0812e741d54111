namespace Shoal.Items.Partiql;

/// <summary>What a token of a PartiQL statement is.</summary>
internal enum PartiqlTokenKind
{
    /// <summary>A keyword or a name without quotes.</summary>
    Word,

    /// <summary>A name in double quotes.</summary>
    Name,

    /// <summary>A text in single quotes.</summary>
    Text,

    /// <summary>A number without sign.</summary>
    Number,

    /// <summary>Punctuation or an operator.</summary>
    Symbol,

    /// <summary>The end of the statement.</summary>
    End,
}

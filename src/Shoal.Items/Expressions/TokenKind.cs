namespace Shoal.Items.Expressions;

/// <summary>What a token of an expression is.</summary>
internal enum TokenKind
{
    /// <summary>A name, keyword or function.</summary>
    Word,

    /// <summary><c>#name</c>.</summary>
    NamePlaceholder,

    /// <summary><c>:value</c>.</summary>
    ValuePlaceholder,

    /// <summary>Digits.</summary>
    Digits,

    /// <summary>A sign of one or two characters.</summary>
    Symbol,

    /// <summary>Anything that no expression has.</summary>
    Unknown,

    /// <summary>After the last token.</summary>
    End,
}

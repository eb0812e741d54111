namespace Shoal.Engine.Transfer;

/// <summary>How a literal was written.</summary>
internal enum LiteralKind
{
    Null,
    Integer,
    Real,

    /// <summary>Text as it stands.</summary>
    Text,

    /// <summary>Text in which quotes are doubled.</summary>
    QuotedText,

    /// <summary>Bytes as hexadecimal digits.</summary>
    Blob,
}

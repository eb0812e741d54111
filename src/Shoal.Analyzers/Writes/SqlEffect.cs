namespace Shoal.Analyzers.Writes;

/// <summary>What one run of an SQL text writes, as far as its words tell.</summary>
internal enum SqlEffect
{
    /// <summary>The text is not known here.</summary>
    Unknown,

    /// <summary>It reads, or changes tables rather than rows.</summary>
    NoRows,

    /// <summary>A row, or the rows of one key.</summary>
    OneRow,

    /// <summary>Many rows at once: it is a batch already.</summary>
    ManyRows,
}

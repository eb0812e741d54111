namespace Shoal.Engine.Transfer;

/// <summary>How far an import or export is.</summary>
/// <param name="Bytes">Bytes of input read or output written.</param>
/// <param name="Rows">Rows inserted or written; for SQL text, statements.</param>
public readonly record struct TransferProgress(long Bytes, long Rows);

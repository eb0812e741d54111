namespace Shoal.Client.Rows;

/// <summary>A value of <see cref="StoredRows"/>.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Bits">The number; of a text or blob where it begins.</param>
/// <param name="Length">Bytes of a text or blob.</param>
internal readonly record struct StoredCell(SqlValueKind Kind, long Bits, int Length);

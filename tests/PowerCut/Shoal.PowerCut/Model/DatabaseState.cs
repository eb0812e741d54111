namespace Shoal.PowerCut.Model;

/// <summary>All that a database holds, in brief.</summary>
/// <param name="Rows">Rows of <c>items</c>.</param>
/// <param name="Digest">The sum of their hashes.</param>
/// <param name="ColumnCount">Columns of <c>items</c>; 0 before the first commit.</param>
/// <param name="HasIndex">Whether the index <c>items_tag</c> exists.</param>
internal readonly record struct DatabaseState(long Rows, ulong Digest, int ColumnCount, bool HasIndex);

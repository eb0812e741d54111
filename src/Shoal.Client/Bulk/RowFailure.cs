namespace Shoal.Client.Bulk;

/// <summary>A row that was not applied, or of which that is not known.</summary>
/// <param name="Index">Which row of the input, from 0.</param>
/// <param name="Key">Values of its key columns, in their order.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Error">Why.</param>
public sealed record RowFailure(long Index, IReadOnlyList<SqlValue> Key, RowStatus Status, ShoalException Error)
{
    /// <summary>Index, key and reason on one line.</summary>
    public override string ToString() => $"row {Index} (key {string.Join(", ", Key)}): {Error.Reason}";
}

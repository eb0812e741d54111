using Shoal.Client;

namespace Shoal.Sync.Apply;

/// <summary>The last word on one row.</summary>
/// <param name="Kind">What becomes of it.</param>
/// <param name="Values">All columns in the plan's order; of a deletion the key's.</param>
/// <param name="Missing">Update: which columns keep what they have.</param>
/// <param name="Bytes">About how much it takes in a request.</param>
internal sealed record RowChange(RowChangeKind Kind, SqlValue[] Values, bool[]? Missing, int Bytes)
{
    /// <summary>This change, and then a partial one.</summary>
    public RowChange Then(RowChange update)
    {
        if (Kind == RowChangeKind.Delete)
        {
            return update;
        }

        var values = (SqlValue[])update.Values.Clone();
        var missing = Kind == RowChangeKind.Update ? new bool[values.Length] : null;
        for (var index = 0; index < values.Length; index++)
        {
            if (update.Missing![index])
            {
                values[index] = Values[index];
                if (missing is not null)
                {
                    missing[index] = Missing![index];
                }
            }
        }

        return new RowChange(Kind, values, missing, Math.Max(Bytes, update.Bytes));
    }
}

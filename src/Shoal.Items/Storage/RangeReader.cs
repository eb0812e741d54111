using System.Text;
using Shoal.Engine.Work;
using Shoal.Items.Values;
using Shoal.Sqlite.Statements;

namespace Shoal.Items.Storage;

/// <summary>Reads items of a range in order.</summary>
/// <remarks>The SQL depends on which bounds there are; there are a few dozen texts, each compiled once per connection.</remarks>
internal static class RangeReader
{
    /// <summary>Items in order; reading stops when the caller does.</summary>
    public static IEnumerable<Item> Read(WorkSession session, ItemRange range)
    {
        var values = new List<byte[]>(8);
        var statement = session.Prepare(Sql(range, values));
        session.Check(statement.BindInteger(1, range.Id));
        for (var index = 0; index < values.Count; index++)
        {
            session.Check(statement.BindBlob(index + 2, values[index]));
        }

        try
        {
            while (session.Step(statement))
            {
                yield return Decode(statement);
            }
        }
        finally
        {
            statement.Reset();
        }
    }

    private static Item Decode(SqliteStatement statement) => ItemEncoding.Decode(statement.Row(1).Blob(0));

    private static string Sql(ItemRange range, List<byte[]> values)
    {
        var sql = new StringBuilder(range.IsIndex
            ? "SELECT body FROM _cf_item_index WHERE idx = ?"
            : "SELECT body FROM _cf_items WHERE tbl = ?");
        Add(" AND pk = ?", range.Partition);

        // A start key is past the beginning of its range, and two lower bounds would leave the choice to the planner.
        var (from, to) = range.After is null ? (true, true) : (range.Backward, !range.Backward);
        if (from)
        {
            Add(" AND pk >= ?", range.PartitionFrom);
            Add(" AND sk >= ?", range.SortFrom);
        }

        if (to)
        {
            Add(" AND pk < ?", range.PartitionTo);
            Add(" AND sk < ?", range.SortTo);
        }

        if (range.After is { } after)
        {
            var columns = range.Partition is null ? "pk, sk" : "sk";
            var marks = range.Partition is null ? "?, ?" : "?";
            sql.Append(" AND (").Append(columns).Append(range.IsIndex ? ", tie)" : ")").Append(range.Backward ? " < (" : " > (")
                .Append(marks).Append(range.IsIndex ? ", ?)" : ")");
            if (range.Partition is null)
            {
                values.Add(after.Partition);
            }

            values.Add(after.Sort);
            if (range.IsIndex)
            {
                values.Add(after.Tie);
            }
        }

        var direction = range.Backward ? " DESC" : "";
        return sql.Append(" ORDER BY pk").Append(direction).Append(", sk").Append(direction)
            .Append(range.IsIndex ? ", tie" : "").Append(range.IsIndex ? direction : "").ToString();

        void Add(string text, byte[]? value)
        {
            if (value is not null)
            {
                sql.Append(text);
                values.Add(value);
            }
        }
    }
}

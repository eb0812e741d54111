using Shoal.Engine.Work;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Sqlite.Statements;

namespace Shoal.Items.Operations;

/// <summary>Reads a table's stream.</summary>
internal static class ChangeReader
{
    public static List<ItemChange> Read(WorkSession session, ItemTable table, long after, int limit)
    {
        var statement = session.Prepare(
            "SELECT seq, at, kind, key, old, new FROM _cf_item_stream WHERE tbl = ? AND seq > ? ORDER BY seq LIMIT ?");
        session.Check(statement.BindInteger(1, table.Id));
        session.Check(statement.BindInteger(2, after));
        session.Check(statement.BindInteger(3, limit));
        var changes = new List<ItemChange>();
        while (session.Step(statement))
        {
            var row = statement.Row(6);
            changes.Add(new ItemChange(row.Integer(0), DateTimeOffset.FromUnixTimeMilliseconds(row.Integer(1)),
                (ChangeKind)row.Integer(2), ItemEncoding.Decode(row.Blob(3)), Image(row, 4), Image(row, 5)));
        }

        return changes;
    }

    /// <summary>The number of the newest record; 0 when there is none.</summary>
    public static long Newest(WorkSession session, ItemTable table)
    {
        var statement = session.Prepare("SELECT max(seq) FROM _cf_item_stream WHERE tbl = ?");
        session.Check(statement.BindInteger(1, table.Id));
        session.Step(statement);
        var newest = statement.Row(1).Integer(0);
        statement.Reset();
        return newest;
    }

    private static Item? Image(SqliteRow row, int column) =>
        row.Type(column) == SqliteValueType.Null ? null : ItemEncoding.Decode(row.Blob(column));
}

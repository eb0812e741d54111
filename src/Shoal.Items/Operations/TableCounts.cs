using Shoal.Engine.Work;
using Shoal.Items.Tables;

namespace Shoal.Items.Operations;

/// <summary>How much a table or an index holds.</summary>
/// <param name="Items">Items; counting stops at <see cref="CountedMax"/>.</param>
/// <param name="Bytes">What they take in the database.</param>
public sealed record TableCounts(long Items, long Bytes)
{
    /// <summary>Items after which counting stops: a description must not read a large table.</summary>
    public const int CountedMax = 100_000;

    internal static TableCounts OfTable(WorkSession session, ItemTable table) => Count(session,
        "SELECT count(*), total(n) FROM (SELECT length(body) AS n FROM _cf_items WHERE tbl = ? LIMIT 100000)", table.Id);

    internal static TableCounts OfIndex(WorkSession session, SecondaryIndex index) => Count(session,
        "SELECT count(*), total(n) FROM (SELECT length(body) AS n FROM _cf_item_index WHERE idx = ? LIMIT 100000)", index.Id);

    private static TableCounts Count(WorkSession session, string sql, long id)
    {
        var statement = session.Prepare(sql);
        session.Check(statement.BindInteger(1, id));
        session.Step(statement);
        var row = statement.Row(2);
        var counts = new TableCounts(row.Integer(0), (long)row.Real(1));
        statement.Reset();
        return counts;
    }
}

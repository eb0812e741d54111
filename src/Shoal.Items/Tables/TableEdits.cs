using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Tables;

/// <summary>Changes of a table that reach what it holds: indexes, expiry, streams.</summary>
internal static class TableEdits
{
    /// <summary>Changes a table; what is new is marked for the background.</summary>
    /// <exception cref="ItemException">There is no such table.</exception>
    public static ItemTable Apply(ItemTransaction transaction, string name, Func<ItemTable, ItemTable> change, TimeProvider time)
    {
        var (old, table) = TableChanges.Update(transaction, name, before => Prepare(before, change(before), time));
        foreach (var index in old.Indexes.Where(index => table.Indexes.All(kept => kept.Id != index.Id)))
        {
            transaction.Tables.Drop(DroppedKind.Index, index.Id);
        }

        if (table.TimeToLive != old.TimeToLive)
        {
            ChangeExpiry(transaction, table);
        }

        return table;
    }

    private static ItemTable Prepare(ItemTable before, ItemTable after, TimeProvider time) => after with
    {
        Indexes = [.. after.Indexes.Select(static index => index.Id == 0 ? index with { State = IndexState.Creating } : index)],
        StreamSince = after.Stream is null ? null : before.Stream is null ? time.GetUtcNow() : before.StreamSince,
    };

    /// <summary>The times of all items by another attribute. Cost: reads the table once.</summary>
    private static void ChangeExpiry(ItemTransaction transaction, ItemTable table)
    {
        var clear = transaction.Session.Prepare("DELETE FROM _cf_item_ttl WHERE tbl = ?");
        transaction.Session.Check(clear.BindInteger(1, table.Id));
        transaction.Session.Step(clear);
        if (table.TimeToLive is not { } attribute)
        {
            return;
        }

        foreach (var item in RangeReader.Read(transaction.Session, new ItemRange { Id = table.Id }))
        {
            if (Expiry.Of(item, attribute) is { } at)
            {
                transaction.AddExpiry(table, ItemKey.Of(item, table.Key), at);
            }
        }
    }
}

using Shoal.Items.Expressions;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Reads of items by key, inside of a transaction of the database.</summary>
internal static class Reads
{
    /// <summary>Reads one item.</summary>
    /// <exception cref="ItemException">There is no such table, or the key is not its key.</exception>
    public static Item? Run(ItemTransaction transaction, string tableName, Item key, Projection? projection, out ItemTable table)
    {
        table = transaction.FindTable(tableName);
        ItemRules.CheckKey(key, table.Key);
        ItemRules.CheckNestedKeys(projection?.NestedHeads, table);
        return transaction.Find(table, ItemKey.Of(key, table.Key));
    }
}

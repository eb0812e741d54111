using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Reads of many items by key, inside of a transaction of the database.</summary>
internal static class BatchReads
{
    /// <summary>Reads what is there.</summary>
    /// <exception cref="ItemException">A key is not valid or is named twice.</exception>
    public static BatchGetResponse Run(ItemTransaction transaction, BatchGetRequest request)
    {
        var seen = new HashSet<(long Table, ItemKey Key)>();
        var keys = new List<(ItemTable Table, ItemKey Key)>(request.Count);
        foreach (var (name, key) in request.Keys)
        {
            var table = keys.Count > 0 && keys[^1].Table.Name == name ? keys[^1].Table : transaction.FindTable(name);
            ItemRules.CheckKey(key, table.Key);
            var encoded = ItemKey.Of(key, table.Key);
            if (!seen.Add((table.Id, encoded)))
            {
                throw ItemException.Validation("Provided list of item keys contains duplicates");
            }

            keys.Add((table, encoded));
        }

        var items = new List<(string Table, Item Key, Item Item)>(keys.Count);
        var unprocessed = new BatchGetRequest();
        var bytes = 0L;
        for (var index = 0; index < keys.Count; index++)
        {
            var (name, key) = request.Keys[index];
            if (bytes > ItemLimits.BatchGetBytesMax - ItemLimits.ItemBytesMax)
            {
                unprocessed.Add(name, key);
            }
            else if (transaction.Find(keys[index].Table, keys[index].Key) is { } item)
            {
                bytes += ItemSize.Of(item);
                items.Add((name, key, item));
            }
        }

        return new BatchGetResponse(items, unprocessed);
    }
}

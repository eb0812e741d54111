using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Single writes, batches and transactions, inside of a transaction of the database.</summary>
internal static class Writes
{
    /// <summary>Runs one write.</summary>
    /// <exception cref="ItemException">It is not valid, or its condition does not hold.</exception>
    public static WriteOutcome Run(ItemTransaction transaction, WriteAction action)
    {
        var table = transaction.FindTable(action.Table);
        Check(action, table, inBatch: false);
        return Apply(transaction, table, action, ItemKey.Of(action.Item, table.Key));
    }

    /// <summary>Runs puts and deletes of different items, all of them or none.</summary>
    /// <exception cref="ItemException">One is not valid, or an item is named twice.</exception>
    public static List<WriteOutcome> RunBatch(ItemTransaction transaction, IReadOnlyList<WriteAction> actions)
    {
        // A key holds a hash, so it is made once.
        var seen = new HashSet<(long Table, ItemKey Key)>(actions.Count);
        var keys = new List<ItemKey>(actions.Count);
        var tables = new List<ItemTable>(actions.Count);
        foreach (var action in actions)
        {
            var table = tables.Count > 0 && tables[^1].Name == action.Table ? tables[^1] : transaction.FindTable(action.Table);
            Check(action, table, inBatch: true);
            keys.Add(ItemKey.Of(action.Item, table.Key));
            if (!seen.Add((table.Id, keys[^1])))
            {
                throw ItemException.Validation("Provided list of item keys contains duplicates");
            }

            tables.Add(table);
        }

        var outcomes = new List<WriteOutcome>(actions.Count);
        for (var index = 0; index < actions.Count; index++)
        {
            outcomes.Add(Apply(transaction, tables[index], actions[index], keys[index]));
        }

        return outcomes;
    }

    /// <summary>Runs writes of different items, all of them or none; all conditions are looked at first.</summary>
    /// <exception cref="ItemException">One is not valid, or a condition does not hold; reasons say which.</exception>
    public static List<WriteOutcome> RunTransaction(ItemTransaction transaction, IReadOnlyList<WriteAction> actions)
    {
        var tables = actions.Select(action => transaction.FindTable(action.Table)).ToList();
        var seen = new HashSet<(long Table, ItemKey Key)>(actions.Count);
        var keys = new List<ItemKey>(actions.Count);
        for (var index = 0; index < actions.Count; index++)
        {
            Check(actions[index], tables[index], inBatch: true);
            keys.Add(ItemKey.Of(actions[index].Item, tables[index].Key));
            if (!seen.Add((tables[index].Id, keys[index])))
            {
                throw ItemException.Validation("Transaction request cannot include multiple operations on one item");
            }
        }

        var reasons = new CancellationReason[actions.Count];
        var olds = new Item?[actions.Count];
        var bytes = 0L;
        for (var index = 0; index < actions.Count; index++)
        {
            var action = actions[index];
            olds[index] = transaction.Find(tables[index], keys[index]);
            reasons[index] = ReasonOf(action, tables[index], olds[index], ref bytes);
        }

        if (Array.Exists(reasons, static reason => reason.Code != CancellationReason.None.Code))
        {
            throw Cancelled(reasons);
        }

        if (bytes > ItemLimits.TransactionBytesMax)
        {
            throw ItemException.Validation("Member size has exceeded the maximum allowed size of a transaction: 4 MB");
        }

        var outcomes = new List<WriteOutcome>(actions.Count);
        for (var index = 0; index < actions.Count; index++)
        {
            outcomes.Add(Write(transaction, tables[index], actions[index], keys[index], olds[index]));
        }

        return outcomes;
    }

    /// <summary>The error of a transaction that was not applied.</summary>
    public static ItemException Cancelled(IReadOnlyList<CancellationReason> reasons) => new(ItemErrorKind.TransactionCanceled,
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        + $"[{string.Join(", ", reasons.Select(static reason => reason.Code))}]")
    {
        Reasons = reasons,
    };

    private static CancellationReason ReasonOf(WriteAction action, ItemTable table, Item? old, ref long bytes)
    {
        if (action.Condition?.Holds(old ?? []) is false)
        {
            return new CancellationReason("ConditionalCheckFailed", "The conditional request failed",
                action.WantsItemOnFailure ? old : null);
        }

        try
        {
            bytes += action.Kind switch
            {
                WriteKind.Put => ItemSize.Of(action.Item),
                WriteKind.Update => ItemSize.Of(Updated(action, table, old)),
                _ => old is null ? 0 : ItemSize.Of(old),
            };
            return CancellationReason.None;
        }
        catch (ItemException error)
        {
            return new CancellationReason("ValidationError", error.Message);
        }
    }

    private static void Check(WriteAction action, ItemTable table, bool inBatch)
    {
        if (action.Kind == WriteKind.Put)
        {
            ItemRules.CheckItem(action.Item, table, inBatch);
            if (ItemSize.Of(action.Item) > ItemLimits.ItemBytesMax)
            {
                throw ItemException.Validation("Item size has exceeded the maximum allowed size");
            }
        }
        else
        {
            ItemRules.CheckKey(action.Item, table.Key);
            action.Update?.Validate(table);
        }
    }

    private static WriteOutcome Apply(ItemTransaction transaction, ItemTable table, WriteAction action, ItemKey key)
    {
        var mustRead = action.Kind != WriteKind.Put || action.Condition is not null || action.WantsOld
            || ItemTransaction.NeedsOld(table);
        var old = mustRead ? transaction.Find(table, key) : null;
        if (action.Condition?.Holds(old ?? []) is false)
        {
            throw new ItemException(ItemErrorKind.ConditionalCheckFailed, "The conditional request failed")
            {
                Item = action.WantsItemOnFailure ? old : null,
            };
        }

        return Write(transaction, table, action, key, old);
    }

    private static WriteOutcome Write(ItemTransaction transaction, ItemTable table, WriteAction action, ItemKey key, Item? old)
    {
        switch (action.Kind)
        {
            case WriteKind.Put:
                transaction.Put(table, key, action.Item, old);
                return new WriteOutcome(table, old, action.Item);
            case WriteKind.Delete:
                if (old is not null)
                {
                    transaction.Delete(table, key, old);
                }

                return new WriteOutcome(table, old, New: null);
            case WriteKind.Update:
                var item = Updated(action, table, old);
                transaction.Put(table, key, item, old);
                return new WriteOutcome(table, old, item);
            default:
                return new WriteOutcome(table, old, old);
        }
    }

    private static Item Updated(WriteAction action, ItemTable table, Item? old)
    {
        var item = action.Update is { } update ? update.Apply(old ?? action.Item, table) : old ?? action.Item;
        if (ItemSize.Of(item) > ItemLimits.ItemBytesMax)
        {
            throw ItemException.Validation("Item size to update has exceeded the maximum allowed size");
        }

        ItemRules.CheckIndexKeys(item, table);
        return item;
    }
}

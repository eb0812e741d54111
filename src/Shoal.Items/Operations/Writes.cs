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
            var isSameTable = tables.Count > 0 && tables[^1].Name == action.Table;
            var table = isSameTable ? tables[^1] : transaction.FindTable(action.Table);
            Check(action, table, inBatch: true);
            keys.Add(isSameTable ? ItemKey.After(action.Item, table.Key, actions[keys.Count - 1].Item, keys[^1])
                : ItemKey.Of(action.Item, table.Key));
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
        var reasons = new CancellationReason[actions.Count];
        var keys = KeysOf(actions, tables, reasons);
        ThrowIfAny(reasons);
        var olds = new Item?[actions.Count];
        var bytes = 0L;
        for (var index = 0; index < actions.Count; index++)
        {
            var action = actions[index];
            olds[index] = transaction.Find(tables[index], keys[index]);
            reasons[index] = ReasonOf(action, tables[index], olds[index], ref bytes);
        }

        ThrowIfAny(reasons);
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

    /// <summary>Throws the error of a transaction of which an action can not be applied.</summary>
    /// <exception cref="ItemException">There is such an action.</exception>
    public static void ThrowIfAny(CancellationReason[] reasons)
    {
        if (Array.Exists(reasons, static reason => reason.Code != CancellationReason.None.Code))
        {
            throw Cancelled(reasons);
        }
    }

    /// <summary>Runs a check of one action; its error is the reason that the transaction is cancelled for.</summary>
    public static CancellationReason ReasonOf(Action check)
    {
        try
        {
            check();
            return CancellationReason.None;
        }
        catch (ItemException error)
        {
            return new CancellationReason("ValidationError", error.Message);
        }
    }

    private static ItemKey[] KeysOf(IReadOnlyList<WriteAction> actions, List<ItemTable> tables, CancellationReason[] reasons)
    {
        var seen = new HashSet<(long Table, ItemKey Key)>(actions.Count);
        var keys = new ItemKey[actions.Count];
        for (var index = 0; index < actions.Count; index++)
        {
            var (action, table) = (actions[index], tables[index]);
            CheckNotEmpty(action, table);
            reasons[index] = ReasonOf(() => Check(action, table, inBatch: false));
            if (reasons[index].Code != CancellationReason.None.Code)
            {
                continue;
            }

            keys[index] = ItemKey.Of(action.Item, table.Key);
            if (!seen.Add((table.Id, keys[index])))
            {
                throw ItemException.Validation("Transaction request cannot include multiple operations on one item");
            }
        }

        return keys;
    }

    private static CancellationReason ReasonOf(WriteAction action, ItemTable table, Item? old, ref long bytes)
    {
        if (action.Condition?.Holds(old ?? []) is false)
        {
            return new CancellationReason(action.IsInsert ? "DuplicateItem" : "ConditionalCheckFailed", FailureOf(action),
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

    private static string FailureOf(WriteAction action) =>
        action.IsInsert ? "Duplicate primary key exists in table" : "The conditional request failed";

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
            action.Update?.CheckNotEmpty(table);
        }
    }

    /// <summary>Passes when no key is empty: the one mistake of an action that refuses a transaction instead of cancelling it.</summary>
    private static void CheckNotEmpty(WriteAction action, ItemTable table)
    {
        ItemRules.CheckNotEmpty(action.Item, table.Key);
        if (action.Kind == WriteKind.Put)
        {
            ItemRules.CheckIndexKeysNotEmpty(action.Item, table);
        }

        action.Update?.CheckNotEmpty(table);
    }

    private static WriteOutcome Apply(ItemTransaction transaction, ItemTable table, WriteAction action, ItemKey key)
    {
        var mustRead = action.Kind != WriteKind.Put || action.Condition is not null || action.WantsOld
            || ItemTransaction.NeedsOld(table);
        var old = mustRead ? transaction.Find(table, key) : null;
        if (action.Condition?.Holds(old ?? []) is false)
        {
            throw new ItemException(action.IsInsert ? ItemErrorKind.DuplicateItem : ItemErrorKind.ConditionalCheckFailed,
                FailureOf(action))
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

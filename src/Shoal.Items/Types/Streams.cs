using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Operations on entries with ascending ids. A stream stays when it is empty, so that no id is used twice.</summary>
public static class Streams
{
    /// <summary>Adds an entry at the end.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fields">What it says.</param>
    /// <param name="id">Its id, greater than the last; null for one of the time that it is.</param>
    /// <param name="countMax">Entries that the stream keeps, the newest; null for all.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ItemException">When it is run: the id is not greater than the last.</exception>
    public static ValueWrite<StreamId> Add(string key, Item fields, StreamId? id = null, int? countMax = null)
    {
        if (countMax < 1)
        {
            throw ItemException.Validation($"a stream keeps at least 1 entry, not {countMax}");
        }

        var copy = new Item(fields);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Stream);
            var last = new StreamId(head.First, head.Second);
            var next = id ?? (transaction.Now > last.Milliseconds ? new StreamId(transaction.Now, 0)
                : last with { Sequence = last.Sequence + 1 });
            if (next <= last || next.Milliseconds < 0 || next.Sequence < 0)
            {
                throw new ItemException(ItemErrorKind.Validation, $"the id {next} is not greater than the stream's last, {last}",
                    "Leave the id out to get one.");
            }

            transaction.PutElement(head, next.Encode(), (ValueTransaction.Value, AttributeValue.Map(copy)));
            head.Count++;
            (head.First, head.Second) = (next.Milliseconds, next.Sequence);
            if (head.Count > countMax)
            {
                TrimTo(transaction, head, countMax.Value);
            }

            transaction.Save(head);
            return next;
        });
    }

    /// <summary>Entries after an id, the oldest first: a reader goes on after the last that it has seen.</summary>
    public static ValueRead<IReadOnlyList<StreamEntry>> ReadAfter(string key, StreamId after, int limit = 1000)
    {
        KeyRules.CheckCount(limit);
        return new(key, transaction => transaction.Find(key, ValueKind.Stream) is { } head
            ? [.. transaction.Elements(head, after: after.Encode()).Take(limit).Select(EntryOf)] : []);
    }

    /// <summary>Entries from an id to another, both included.</summary>
    /// <param name="key">The key.</param>
    /// <param name="from">The first; null for the oldest.</param>
    /// <param name="to">The last; null for the newest.</param>
    /// <param name="limit">Entries at most.</param>
    /// <param name="backward">The newest first.</param>
    public static ValueRead<IReadOnlyList<StreamEntry>> Range(string key, StreamId? from = null, StreamId? to = null, int limit = 1000,
        bool backward = false)
    {
        KeyRules.CheckCount(limit);
        return new(key, transaction => transaction.Find(key, ValueKind.Stream) is { } head
            ? [.. transaction.Elements(head, from?.Encode(), to is { } end ? ElementKey.After(end.Encode()) : null, backward: backward)
                .Take(limit).Select(EntryOf)] : []);
    }

    /// <summary>Number of entries.</summary>
    public static ValueRead<long> Count(string key) => new(key, transaction => transaction.Find(key, ValueKind.Stream)?.Count ?? 0);

    /// <summary>The last id that was given; null when there is no stream.</summary>
    public static ValueRead<StreamId?> LastId(string key) => new(key, transaction =>
        transaction.Find(key, ValueKind.Stream) is { } head ? new StreamId(head.First, head.Second) : null);

    /// <summary>Removes the oldest entries. Cost: by what is removed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="countMax">Entries that stay.</param>
    /// <returns>How many were removed.</returns>
    public static ValueWrite<long> Trim(string key, int countMax)
    {
        if (countMax < 0)
        {
            throw ItemException.Validation($"a stream keeps 0 or more entries, not {countMax}");
        }

        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.Stream) is not { } head || head.Count <= countMax)
            {
                return 0;
            }

            var removed = head.Count - countMax;
            TrimTo(transaction, head, countMax);
            transaction.Save(head);
            return removed;
        });
    }

    /// <summary>Removes entries.</summary>
    /// <returns>How many were there.</returns>
    public static ValueWrite<long> Remove(string key, params IReadOnlyList<StreamId> ids)
    {
        KeyRules.CheckCount(ids.Count);
        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.Stream) is not { } head)
            {
                return 0;
            }

            var before = head.Count;
            foreach (var id in ids)
            {
                if (transaction.FindElement(head, id.Encode()) is not null)
                {
                    transaction.DeleteElement(head, id.Encode());
                    head.Count--;
                }
            }

            transaction.Save(head);
            return before - head.Count;
        });
    }

    private static void TrimTo(ValueTransaction transaction, KeyHead head, int countMax)
    {
        foreach (var item in transaction.Elements(head).Take((int)Math.Min(head.Count - countMax, int.MaxValue)).ToList())
        {
            transaction.DeleteElement(head, item[ValueTransaction.Sort].AsBytes);
            head.Count--;
        }
    }

    private static StreamEntry EntryOf(Item item) =>
        new(StreamId.Decode(item[ValueTransaction.Sort].AsBytes), item[ValueTransaction.Value].AsMap);
}

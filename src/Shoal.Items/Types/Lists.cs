using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Operations on values in order. Both ends, and any element by its index, are found at once.</summary>
/// <remarks>Indexes start at 0; negative ones count from the end: -1 is the last element.</remarks>
public static class Lists
{
    /// <summary>Adds texts at the end, in their order.</summary>
    /// <returns>Elements now.</returns>
    public static ValueWrite<long> PushRight(string key, params IReadOnlyList<string> values) =>
        Push(key, ListEnd.Right, [.. values.Select(AttributeValue.Text)]);

    /// <summary>Adds texts at the start, one after the other, so that the last is the first of the list.</summary>
    /// <returns>Elements now.</returns>
    public static ValueWrite<long> PushLeft(string key, params IReadOnlyList<string> values) =>
        Push(key, ListEnd.Left, [.. values.Select(AttributeValue.Text)]);

    /// <summary>Adds values of any type at an end, one after the other.</summary>
    /// <returns>Elements now.</returns>
    public static ValueWrite<long> Push(string key, ListEnd end, IReadOnlyList<AttributeValue> values)
    {
        KeyRules.CheckCount(values.Count);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.List);
            foreach (var value in values)
            {
                Put(transaction, head, end, value);
            }

            transaction.Save(head);
            return head.Count;
        });
    }

    /// <summary>Takes elements from the start.</summary>
    /// <returns>Those taken, the first of the list first; empty when there is none.</returns>
    public static ValueWrite<IReadOnlyList<AttributeValue>> PopLeft(string key, int count = 1) => Pop(key, ListEnd.Left, count);

    /// <summary>Takes elements from the end.</summary>
    /// <returns>Those taken, the last of the list first; empty when there is none.</returns>
    public static ValueWrite<IReadOnlyList<AttributeValue>> PopRight(string key, int count = 1) => Pop(key, ListEnd.Right, count);

    /// <summary>
    /// Takes an element of one list and adds it to another, or the same, in one transaction: a queue that loses
    /// nothing.
    /// </summary>
    /// <returns>The element; null when there is none.</returns>
    public static ValueWrite<AttributeValue?> Move(string source, ListEnd from, string target, ListEnd to)
    {
        KeyRules.CheckKey(target);
        return new(source, transaction =>
        {
            if (transaction.Find(source, ValueKind.List) is not { } head)
            {
                return null;
            }

            var value = Take(transaction, head, from);
            var other = head;
            if (source != target)
            {
                transaction.Save(head);
                other = transaction.Open(target, ValueKind.List);
            }

            Put(transaction, other, to, value);
            transaction.Save(other);
            return value;
        });
    }

    /// <summary>Number of elements.</summary>
    public static ValueRead<long> Count(string key) => new(key, transaction => transaction.Find(key, ValueKind.List)?.Count ?? 0);

    /// <summary>An element; null when there is none at the index.</summary>
    public static ValueRead<AttributeValue?> Get(string key, long index) => new(key, transaction =>
        transaction.Find(key, ValueKind.List) is { } head && PositionOf(head, index) is { } position
            ? transaction.FindElement(head, ElementKey.Integer(position))?[ValueTransaction.Value] : null);

    /// <summary>Elements from an index to another, both included; what is outside of the list is left out.</summary>
    /// <exception cref="ItemException">When it is run: there are more than 10,000.</exception>
    public static ValueRead<IReadOnlyList<AttributeValue>> Range(string key, long start = 0, long stop = -1) => new(key, transaction =>
    {
        if (transaction.Find(key, ValueKind.List) is not { } head)
        {
            return [];
        }

        var (first, last) = Clamp(head, start, stop);
        if (first > last)
        {
            return [];
        }

        if (last - first >= ValueLimits.ElementsMax)
        {
            throw new ItemException(ItemErrorKind.Validation,
                $"the range has {last - first + 1} elements, more than the {ValueLimits.ElementsMax} that one read returns",
                $"Read it in parts, for example from {start} to {start + ValueLimits.ElementsMax - 1}.");
        }

        return [.. transaction.Elements(head, ElementKey.Integer(head.First + first), ElementKey.Integer(head.First + last + 1))
            .Select(static item => item[ValueTransaction.Value])];
    });

    /// <summary>Changes an element.</summary>
    /// <returns>False when there is none at the index.</returns>
    public static ValueWrite<bool> Set(string key, long index, AttributeValue value) => new(key, transaction =>
    {
        if (transaction.Find(key, ValueKind.List) is not { } head || PositionOf(head, index) is not { } position)
        {
            return false;
        }

        transaction.PutElement(head, ElementKey.Integer(position), (ValueTransaction.Value, value));
        return true;
    });

    /// <summary>Removes all elements but those from an index to another, both included. Cost: by what is removed.</summary>
    /// <returns>How many were removed.</returns>
    public static ValueWrite<long> Trim(string key, long start, long stop) => new(key, transaction =>
    {
        if (transaction.Find(key, ValueKind.List) is not { } head)
        {
            return 0;
        }

        var (first, last) = Clamp(head, start, stop);
        var before = head.Count;
        if (first > last)
        {
            transaction.Remove(head);
            return before;
        }

        for (var index = first > 0 ? 0 : last + 1; index < before; index = index == first - 1 ? last + 1 : index + 1)
        {
            if (index < first || index > last)
            {
                transaction.DeleteElement(head, ElementKey.Integer(head.First + index));
            }
        }

        head.First += first;
        head.Count = last - first + 1;
        transaction.Save(head);
        return before - head.Count;
    });

    private static ValueWrite<IReadOnlyList<AttributeValue>> Pop(string key, ListEnd end, int count)
    {
        KeyRules.CheckCount(count);
        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.List) is not { } head)
            {
                return [];
            }

            var taken = new List<AttributeValue>();
            while (taken.Count < count && head.Count > 0)
            {
                taken.Add(Take(transaction, head, end));
            }

            transaction.Save(head);
            return taken;
        });
    }

    private static void Put(ValueTransaction transaction, KeyHead head, ListEnd end, AttributeValue value)
    {
        head.First -= end == ListEnd.Left ? 1 : 0;
        var position = end == ListEnd.Left ? head.First : head.First + head.Count;
        transaction.PutElement(head, ElementKey.Integer(position), (ValueTransaction.Value, value));
        head.Count++;
    }

    private static AttributeValue Take(ValueTransaction transaction, KeyHead head, ListEnd end)
    {
        var element = ElementKey.Integer(end == ListEnd.Left ? head.First : head.First + head.Count - 1);
        var value = transaction.FindElement(head, element)![ValueTransaction.Value];
        transaction.DeleteElement(head, element);
        head.First += end == ListEnd.Left ? 1 : 0;
        head.Count--;
        return value;
    }

    private static long? PositionOf(KeyHead head, long index)
    {
        var at = index < 0 ? head.Count + index : index;
        return at >= 0 && at < head.Count ? head.First + at : null;
    }

    private static (long First, long Last) Clamp(KeyHead head, long start, long stop) => (
        Math.Max(start < 0 ? head.Count + start : start, 0),
        Math.Min(stop < 0 ? head.Count + stop : stop, head.Count - 1));
}

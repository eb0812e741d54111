using System.Text;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Operations on fields with values.</summary>
public static class Hashes
{
    /// <summary>Sets a field.</summary>
    /// <returns>Whether it is new.</returns>
    public static ValueWrite<bool> Set(string key, string field, string value) => Set(key, field, AttributeValue.Text(value));

    /// <summary>Sets a field to a value of any type.</summary>
    /// <param name="key">The key.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="when">When it is written.</param>
    /// <returns>Whether it is new; for <see cref="WriteWhen.Present"/>, whether it was written.</returns>
    public static ValueWrite<bool> Set(string key, string field, AttributeValue value, WriteWhen when = WriteWhen.Always)
    {
        var element = KeyRules.Member(field);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Hash);
            var isThere = transaction.FindElement(head, element) is not null;
            if (when != WriteWhen.Always && isThere != (when == WriteWhen.Present))
            {
                return false;
            }

            Put(transaction, head, element, value, isThere);
            return !isThere || when == WriteWhen.Present;
        });
    }

    /// <summary>Sets fields.</summary>
    /// <returns>How many are new.</returns>
    public static ValueWrite<long> Set(string key, Item fields)
    {
        KeyRules.CheckCount(fields.Count);
        var elements = fields.Select(static pair => (Element: KeyRules.Member(pair.Key), pair.Value)).ToList();
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Hash);
            var before = head.Count;
            foreach (var (element, value) in elements)
            {
                var isThere = transaction.FindElement(head, element) is not null;
                head.Count += isThere ? 0 : 1;
                transaction.PutElement(head, element, (ValueTransaction.Value, value));
            }

            transaction.Save(head);
            return head.Count - before;
        });
    }

    /// <summary>A field's value; null when there is none.</summary>
    public static ValueRead<AttributeValue?> Get(string key, string field)
    {
        var element = KeyRules.Member(field);
        return new(key, transaction => transaction.Find(key, ValueKind.Hash) is { } head
            ? transaction.FindElement(head, element)?[ValueTransaction.Value] : null);
    }

    /// <summary>Fields with their values, in the order of their UTF-8 bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="limit">Fields at most.</param>
    /// <param name="after">The last page's <see cref="ElementPage{T}.Next"/>.</param>
    public static ValueRead<ElementPage<KeyValuePair<string, AttributeValue>>> GetAll(string key,
        int limit = ValueLimits.ElementsMax, string? after = null)
    {
        KeyRules.CheckCount(limit);
        var start = after is null ? null : KeyRules.Member(after);
        return new(key, transaction =>
        {
            var found = transaction.Find(key, ValueKind.Hash) is { } head
                ? transaction.Elements(head, after: start).Take(limit).Select(static item => KeyValuePair.Create(
                    Encoding.UTF8.GetString(item[ValueTransaction.Sort].AsBytes), item[ValueTransaction.Value])).ToList()
                : [];
            return new ElementPage<KeyValuePair<string, AttributeValue>>(found, found.Count == limit ? found[^1].Key : null);
        });
    }

    /// <summary>Whether a field is there.</summary>
    public static ValueRead<bool> Contains(string key, string field)
    {
        var element = KeyRules.Member(field);
        return new(key, transaction => transaction.Find(key, ValueKind.Hash) is { } head
            && transaction.FindElement(head, element) is not null);
    }

    /// <summary>Number of fields.</summary>
    public static ValueRead<long> Count(string key) => new(key, transaction => transaction.Find(key, ValueKind.Hash)?.Count ?? 0);

    /// <summary>Removes fields; the key goes with the last.</summary>
    /// <returns>How many were there.</returns>
    public static ValueWrite<long> Remove(string key, params IReadOnlyList<string> fields) =>
        Members.Remove(key, ValueKind.Hash, fields);

    /// <summary>Adds to a field's number exactly; a field that is not there counts as 0.</summary>
    /// <returns>The number now.</returns>
    /// <exception cref="ItemException">When it is run: the value is no number, or the sum has more than 38 digits.</exception>
    public static ValueWrite<ItemNumber> Increment(string key, string field, ItemNumber by)
    {
        var element = KeyRules.Member(field);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Hash);
            var old = transaction.FindElement(head, element)?[ValueTransaction.Value];
            var sum = Numbers.Add(old, by, $"the field \"{field}\" of the key \"{key}\"");
            Put(transaction, head, element, AttributeValue.Number(sum), old is not null);
            return sum;
        });
    }

    /// <inheritdoc cref="Increment(string, string, ItemNumber)"/>
    public static ValueWrite<ItemNumber> Increment(string key, string field, long by = 1) =>
        Increment(key, field, ItemNumber.FromInteger(by));

    private static void Put(ValueTransaction transaction, KeyHead head, byte[] element, AttributeValue value, bool isThere)
    {
        transaction.PutElement(head, element, (ValueTransaction.Value, value));
        if (!isThere)
        {
            head.Count++;
            transaction.Save(head);
        }
    }
}

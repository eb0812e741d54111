using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Operations on a single text, number or byte string.</summary>
public static class Strings
{
    /// <summary>Sets a text.</summary>
    /// <inheritdoc cref="Set(string, AttributeValue, TimeSpan?, WriteWhen)"/>
    public static ValueWrite<bool> Set(string key, string value, TimeSpan? timeToLive = null, WriteWhen when = WriteWhen.Always) =>
        Set(key, AttributeValue.Text(value), timeToLive, when);

    /// <summary>Sets a value: text, number or bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">S, N or B.</param>
    /// <param name="timeToLive">How long it stays; null for ever, also when it was to end before.</param>
    /// <param name="when">When it is written.</param>
    /// <returns>Whether it was written.</returns>
    public static ValueWrite<bool> Set(string key, AttributeValue value, TimeSpan? timeToLive = null, WriteWhen when = WriteWhen.Always)
    {
        Check(value);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.String);
            if (when != WriteWhen.Always && head.IsStored != (when == WriteWhen.Present))
            {
                return false;
            }

            Write(transaction, head, value, timeToLive);
            return true;
        });
    }

    /// <summary>Sets a value and returns the one before; null when there was none.</summary>
    public static ValueWrite<AttributeValue?> Exchange(string key, AttributeValue value, TimeSpan? timeToLive = null)
    {
        Check(value);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.String);
            var old = head.Value;
            Write(transaction, head, value, timeToLive);
            return old;
        });
    }

    /// <summary>The value; null when there is none.</summary>
    public static ValueRead<AttributeValue?> Get(string key) => new(key, transaction => transaction.Find(key, ValueKind.String)?.Value);

    /// <summary>The value as text, numbers in digits; null when there is none.</summary>
    /// <exception cref="ItemException">When it is run: the value is bytes.</exception>
    public static ValueRead<string?> GetText(string key) => new(key, transaction => transaction.Find(key, ValueKind.String)?.Value switch
    {
        null => null,
        { Type: AttributeType.B } => throw ItemException.Validation($"the key \"{key}\" holds bytes, not a text"),
        var value => value.ToString(),
    });

    /// <summary>Adds text to the end of a text.</summary>
    /// <returns>Length of the text now. Units: UTF-16 code units.</returns>
    public static ValueWrite<long> Append(string key, string text) => new(key, transaction =>
    {
        var head = transaction.Open(key, ValueKind.String);
        head.Value = head.Value switch
        {
            null => AttributeValue.Text(text),
            { Type: AttributeType.B } => throw ItemException.Validation($"the key \"{key}\" holds bytes, to which no text can be added"),
            var old => AttributeValue.Text(old + text),
        };
        transaction.Save(head);
        return head.Value.AsText.Length;
    });

    /// <summary>Adds to a number exactly; a key that is not there counts as 0. How long the key stays does not change.</summary>
    /// <returns>The number now.</returns>
    /// <exception cref="ItemException">When it is run: the value is no number, or the sum has more than 38 digits.</exception>
    public static ValueWrite<ItemNumber> Increment(string key, ItemNumber by) => new(key, transaction =>
    {
        var head = transaction.Open(key, ValueKind.String);
        var sum = Numbers.Add(head.Value, by, $"the key \"{key}\"");
        head.Value = AttributeValue.Number(sum);
        transaction.Save(head);
        return sum;
    });

    /// <inheritdoc cref="Increment(string, ItemNumber)"/>
    public static ValueWrite<ItemNumber> Increment(string key, long by = 1) => Increment(key, ItemNumber.FromInteger(by));

    private static void Write(ValueTransaction transaction, KeyHead head, AttributeValue value, TimeSpan? timeToLive)
    {
        head.Value = value;
        head.ExpiresAt = timeToLive is { } span ? transaction.Now + (long)span.TotalMilliseconds : null;
        transaction.Save(head);
    }

    private static void Check(AttributeValue value)
    {
        if (value.Type is not (AttributeType.S or AttributeType.N or AttributeType.B))
        {
            throw new ItemException(ItemErrorKind.Validation, $"a string is a text, number or bytes, not {value.Type}",
                $"Use {nameof(JsonDocuments)} for documents, and {nameof(Lists)}, {nameof(Sets)} or {nameof(Hashes)} for many values.");
        }
    }
}

using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>
/// Operations on JSON documents and on places in them: <c>$</c>, <c>$.name</c>, <c>$.list[0]</c>,
/// <c>$["a name"][-1]</c>.
/// </summary>
/// <remarks>A document is one item, so it has at most 400 KB. Its numbers are exact, of up to 38 digits.</remarks>
public static class JsonDocuments
{
    /// <summary>Sets a whole document.</summary>
    /// <inheritdoc cref="Set(string, string, string)"/>
    public static ValueWrite<bool> Set(string key, string json) => Set(key, "$", json);

    /// <summary>Sets a place. What holds it must be there; the place after an array's last element adds to the array.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">The place.</param>
    /// <param name="json">What is put there.</param>
    /// <returns>Whether nothing was there before.</returns>
    /// <exception cref="ItemException">When it is made: no path or no JSON. When it is run: the path leads nowhere.</exception>
    public static ValueWrite<bool> Set(string key, string path, string json)
    {
        var place = JsonPath.Parse(path);
        var value = ItemJson.Parse(json);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Json);
            var isNew = place.Find(head.Value) is null;
            head.Value = place.With(head.Value, value);
            transaction.Save(head);
            return isNew;
        });
    }

    /// <summary>What is at a place, as JSON; null when nothing is.</summary>
    /// <exception cref="ItemException">When it is made: no path.</exception>
    public static ValueRead<string?> Get(string key, string path = "$")
    {
        var place = JsonPath.Parse(path);
        return new(key, transaction =>
            place.Find(transaction.Find(key, ValueKind.Json)?.Value) is { } value ? ItemJson.Format(value) : null);
    }

    /// <summary>What is at a place; null when nothing is.</summary>
    /// <exception cref="ItemException">When it is made: no path.</exception>
    public static ValueRead<AttributeValue?> GetValue(string key, string path = "$")
    {
        var place = JsonPath.Parse(path);
        return new(key, transaction => place.Find(transaction.Find(key, ValueKind.Json)?.Value));
    }

    /// <summary>Takes a place away; the document itself with <c>$</c>.</summary>
    /// <returns>Whether something was there.</returns>
    public static ValueWrite<bool> Remove(string key, string path)
    {
        var place = JsonPath.Parse(path);
        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.Json) is not { } head || place.Find(head.Value) is null)
            {
                return false;
            }

            if (place.IsRoot)
            {
                transaction.Remove(head);
                return true;
            }

            head.Value = place.With(head.Value, value: null);
            transaction.Save(head);
            return true;
        });
    }

    /// <summary>Adds to a number exactly.</summary>
    /// <returns>The number now.</returns>
    /// <exception cref="ItemException">When it is run: there is no number at the place, or the sum has more than 38 digits.</exception>
    public static ValueWrite<ItemNumber> Increment(string key, string path, ItemNumber by)
    {
        var place = JsonPath.Parse(path);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Json);
            var old = place.Find(head.Value) is { Type: AttributeType.N } number ? number.AsNumber : throw ItemException.Validation(
                $"the document \"{key}\" has no number at {path}");
            var sum = Numbers.Add(old, by, $"{path} of the document \"{key}\"");
            head.Value = place.With(head.Value, AttributeValue.Number(sum));
            transaction.Save(head);
            return sum;
        });
    }

    /// <inheritdoc cref="Increment(string, string, ItemNumber)"/>
    public static ValueWrite<ItemNumber> Increment(string key, string path, long by = 1) =>
        Increment(key, path, ItemNumber.FromInteger(by));

    /// <summary>Adds elements to the end of an array.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">The array.</param>
    /// <param name="elements">Each as JSON.</param>
    /// <returns>Elements now.</returns>
    /// <exception cref="ItemException">When it is run: there is no array at the place.</exception>
    public static ValueWrite<long> Append(string key, string path, params IReadOnlyList<string> elements)
    {
        KeyRules.CheckCount(elements.Count);
        var place = JsonPath.Parse(path);
        var added = elements.Select(ItemJson.Parse).ToList();
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Json);
            var old = place.Find(head.Value) is { Type: AttributeType.L } array ? array.AsList
                : throw ItemException.Validation($"the document \"{key}\" has no array at {path}");
            AttributeValue[] list = [.. old, .. added];
            head.Value = place.With(head.Value, AttributeValue.List(list));
            transaction.Save(head);
            return list.Length;
        });
    }

    /// <summary>
    /// Merges a document into the one that is there: names with null are taken away, objects are merged, all else is
    /// replaced.
    /// </summary>
    /// <remarks>Source: RFC 7396, JSON Merge Patch.</remarks>
    /// <returns>The document now.</returns>
    public static ValueWrite<string> Merge(string key, string patch)
    {
        var change = ItemJson.Parse(patch);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Json);
            head.Value = Merge(head.Value, change);
            transaction.Save(head);
            return ItemJson.Format(head.Value);
        });
    }

    /// <summary>
    /// Elements of an array, names of an object or characters of a text; null when something else or nothing is at the
    /// place.
    /// </summary>
    public static ValueRead<long?> Count(string key, string path = "$")
    {
        var place = JsonPath.Parse(path);
        return new(key, transaction => place.Find(transaction.Find(key, ValueKind.Json)?.Value) switch
        {
            { Type: AttributeType.M or AttributeType.L } value => value.Count,
            { Type: AttributeType.S } value => value.AsText.EnumerateRunes().Count(),
            _ => null,
        });
    }

    private static AttributeValue Merge(AttributeValue? old, AttributeValue patch)
    {
        if (patch.Type != AttributeType.M)
        {
            return patch;
        }

        var merged = old is { Type: AttributeType.M } ? new Item(old.AsMap) : [];
        foreach (var (name, value) in patch.AsMap)
        {
            if (value.Type == AttributeType.NULL)
            {
                merged.Remove(name);
            }
            else
            {
                merged[name] = Merge(merged.GetValueOrDefault(name), value);
            }
        }

        return AttributeValue.Map(merged);
    }
}

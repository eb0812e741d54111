using System.Globalization;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.WriterProcess;

/// <summary>
/// What one writer of items does, step by step: a function of seed and writer, so that whoever knows the number of its last step
/// knows which items there must be. Each writer has a partition of its own.
/// </summary>
public sealed class ItemScript(string table, int seed, int writer)
{
    /// <summary>Writers at once.</summary>
    public const int Writers = 3;

    private const int KeyCount = 12;
    private static readonly string[] Colours = ["blue", "green", "red"];

    private readonly Random _random = new(HashOf(seed, writer));
    private readonly string _partition = string.Create(CultureInfo.InvariantCulture, $"writer-{writer}");

    /// <summary>The items after the steps so far, by sort key.</summary>
    public Dictionary<string, Item> Items { get; } = new(StringComparer.Ordinal);

    /// <summary>A table with a local and a global index and a stream.</summary>
    public static ItemTable Table(string name)
    {
        var partition = new KeyDefinition("pk", AttributeType.S);
        var sort = new KeyDefinition("sk", AttributeType.S);
        var colour = new KeyDefinition("colour", AttributeType.S);
        return new ItemTable
        {
            Name = name,
            Key = new KeySchema(partition, sort),
            Attributes = [partition, sort, colour],
            Indexes =
            [
                new SecondaryIndex { Name = "local", IsLocal = true, Key = new KeySchema(partition, colour) },
                new SecondaryIndex { Name = "global", Key = new KeySchema(colour, Sort: null) },
            ],
            Stream = StreamView.NewAndOldImages,
        };
    }

    /// <summary>The next step: changes <see cref="Items"/> and tells how to do the same to a store.</summary>
    public Func<ItemStore, Task> Next()
    {
        switch (_random.Next(5))
        {
            case 0:
                var item = Put(RandomKey());
                return store => store.PutAsync(table, item);
            case 1:
                var deleted = Delete(RandomKey());
                return store => store.DeleteAsync(table, deleted);
            case 2:
                var key = Update(RandomKey());
                return store => store.UpdateAsync(table, key, "ADD n :one", One);
            case 3:
                return Batch();
            default:
                return Transaction();
        }
    }

    private static WriteOptions One { get; } = new()
    {
        Values = new Dictionary<string, AttributeValue> { [":one"] = AttributeValue.Number(1) },
    };

    private Func<ItemStore, Task> Batch()
    {
        var batch = new BatchWriteRequest();
        foreach (var sort in RandomKeys(_random.Next(1, 10)))
        {
            batch = _random.Next(3) == 0 ? batch.Delete(table, Delete(sort)) : batch.Put(table, Put(sort));
        }

        return store => store.BatchWriteAsync(batch);
    }

    private Func<ItemStore, Task> Transaction()
    {
        var transaction = new TransactWriteRequest();
        foreach (var sort in RandomKeys(_random.Next(2, 6)))
        {
            transaction = _random.Next(3) switch
            {
                0 => transaction.Delete(table, Delete(sort)),
                1 => transaction.Update(table, Update(sort), "ADD n :one", One),
                _ => transaction.Put(table, Put(sort)),
            };
        }

        return store => store.TransactWriteAsync(transaction);
    }

    private Item Put(string sort)
    {
        var item = Key(sort);
        item["n"] = AttributeValue.Number(_random.Next(100));
        if (_random.Next(4) > 0)
        {
            item["colour"] = AttributeValue.Text(Colours[_random.Next(Colours.Length)]);
        }

        Items[sort] = item;
        return item;
    }

    private Item Delete(string sort)
    {
        Items.Remove(sort);
        return Key(sort);
    }

    private Item Update(string sort)
    {
        var item = new Item(Items.GetValueOrDefault(sort) ?? Key(sort));
        var before = item.TryGetValue("n", out var number) ? number.AsNumber : ItemNumber.Zero;
        _ = ItemNumber.TryAdd(before, ItemNumber.FromInteger(1), out var sum);
        item["n"] = AttributeValue.Number(sum);
        Items[sort] = item;
        return Key(sort);
    }

    private Item Key(string sort) => new ItemBuilder().Add("pk", _partition).Add("sk", sort).Build();

    private string RandomKey() => string.Create(CultureInfo.InvariantCulture, $"item-{_random.Next(KeyCount):D2}");

    private List<string> RandomKeys(int count)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < count; index++)
        {
            keys.Add(RandomKey());
        }

        return [.. keys];
    }

    /// <summary>Not <see cref="HashCode"/>, which differs between processes.</summary>
    private static int HashOf(int seed, int writer) => unchecked((seed * 31) + (writer * 7919));
}

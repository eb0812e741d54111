using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Tests;

/// <summary>
/// Goal: items, indexes and stream say the same as a dictionary, whatever is done to them. Method: random writes, batches,
/// transactions, index changes and restarts from a printed seed, all compared after each stretch.
/// </summary>
public sealed class ModelTests
{
    private static readonly string[] Colours = ["blue", "green", "red"];

    [Fact]
    public async Task Random_operations_agree_with_a_model()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("tab", ItemsFixture.Index("local", "pk", "colour", isLocal: true),
            ItemsFixture.Index("global", "colour")) with { Stream = StreamView.NewAndOldImages });
        var model = new Dictionary<(string, string), Item>();
        var replayed = new Dictionary<(string, string), Item>();
        var sequence = 0L;
        var indexes = new List<string> { "local", "global" };
        for (var stretch = 0; stretch < 12; stretch++)
        {
            for (var step = 0; step < 40; step++)
            {
                await StepAsync(items.Store, model, random);
            }

            if (stretch == 3)
            {
                await items.Store.UpdateTableAsync("tab",
                    table => table with { Indexes = [.. table.Indexes, ItemsFixture.Index("later", "colour", "sk")] });
                await items.Store.MaintainAsync();
                indexes.Add("later");
            }

            if (stretch % 4 == 2)
            {
                await items.RestartAsync();
            }

            await CompareAsync(items.Store, model, indexes);
            sequence = await ReplayAsync(items.Store, replayed, sequence);
            Assert.Equal(Describe(model.Values), Describe(replayed.Values));
        }
    }

    private static async Task StepAsync(ItemStore store, Dictionary<(string, string), Item> model, Random random)
    {
        var key = RandomKey(random);
        switch (random.Next(6))
        {
            case 0:
                var item = RandomItem(random, key);
                await store.PutAsync("tab", item);
                model[key] = item;
                break;
            case 1:
                await store.DeleteAsync("tab", KeyOf(key));
                model.Remove(key);
                break;
            case 2:
                var colour = Colours[random.Next(3)];
                var updated = await store.UpdateAsync("tab", KeyOf(key), "SET colour = :c ADD n :one", new WriteOptions
                {
                    Values = new Dictionary<string, AttributeValue>
                    {
                        [":c"] = AttributeValue.Text(colour),
                        [":one"] = AttributeValue.Number(1),
                    },
                });
                model[key] = updated;
                break;
            case 3:
                await BatchAsync(store, model, random);
                break;
            case 4:
                await TransactAsync(store, model, random);
                break;
            default:
                var mustExist = random.Next(2) == 0;
                var put = RandomItem(random, key);
                try
                {
                    await store.PutAsync("tab", put,
                        new WriteOptions { Condition = mustExist ? "attribute_exists(pk)" : "attribute_not_exists(pk)" });
                    Assert.Equal(mustExist, model.ContainsKey(key));
                    model[key] = put;
                }
                catch (ItemException error) when (error.Reason == ItemErrorKind.ConditionalCheckFailed)
                {
                    Assert.NotEqual(mustExist, model.ContainsKey(key));
                }

                break;
        }
    }

    private static async Task BatchAsync(ItemStore store, Dictionary<(string, string), Item> model, Random random)
    {
        var batch = new BatchWriteRequest();
        foreach (var key in Enumerable.Range(0, random.Next(1, 20)).Select(_ => RandomKey(random)).Distinct().ToList())
        {
            if (random.Next(3) == 0)
            {
                batch.Delete("tab", KeyOf(key));
                model.Remove(key);
            }
            else
            {
                var item = RandomItem(random, key);
                batch.Put("tab", item);
                model[key] = item;
            }
        }

        await store.BatchWriteAsync(batch);
    }

    private static async Task TransactAsync(ItemStore store, Dictionary<(string, string), Item> model, Random random)
    {
        var keys = Enumerable.Range(0, 4).Select(_ => RandomKey(random)).Distinct().ToList();
        var guard = keys[0];
        var request = new TransactWriteRequest().Check("tab", KeyOf(guard), new WriteOptions { Condition = "attribute_exists(pk)" });
        var after = new Dictionary<(string, string), Item>(model);
        foreach (var key in keys.Skip(1))
        {
            var item = RandomItem(random, key);
            request.Put("tab", item);
            after[key] = item;
        }

        try
        {
            await store.TransactWriteAsync(request);
            Assert.True(model.ContainsKey(guard));
            foreach (var (key, item) in after)
            {
                model[key] = item;
            }
        }
        catch (ItemException error) when (error.Reason == ItemErrorKind.TransactionCanceled)
        {
            Assert.False(model.ContainsKey(guard));
        }
    }

    private static async Task CompareAsync(ItemStore store, Dictionary<(string, string), Item> model, List<string> indexes)
    {
        Assert.Equal(Describe(model.Values), Describe(await AllAsync(store, index: null)));
        var coloured = model.Values.Where(static item => item.ContainsKey("colour")).ToList();
        foreach (var index in indexes)
        {
            Assert.Equal(Describe(coloured), Describe(await AllAsync(store, index)));
        }

        foreach (var group in model.Values.GroupBy(static item => item["pk"].AsText))
        {
            var page = await store.QueryAsync(new QueryRequest
            {
                Table = "tab",
                KeyCondition = "pk = :p",
                Values = new Dictionary<string, AttributeValue> { [":p"] = AttributeValue.Text(group.Key) },
            });
            Assert.Equal(group.Select(static item => item["sk"].AsText).Order(StringComparer.Ordinal),
                page.Items.Select(static item => item["sk"].AsText));
        }
    }

    private static async Task<List<Item>> AllAsync(ItemStore store, string? index)
    {
        var all = new List<Item>();
        Item? start = null;
        do
        {
            var page = await store.ScanAsync(new QueryRequest { Table = "tab", Index = index, Limit = 7, StartKey = start });
            all.AddRange(page.Items);
            start = page.LastKey;
        }
        while (start is not null);
        return all;
    }

    private static async Task<long> ReplayAsync(ItemStore store, Dictionary<(string, string), Item> replayed, long after)
    {
        var changes = await store.ReadStreamAsync("tab", after, limit: 100_000);
        foreach (var change in changes)
        {
            var key = (change.Key["pk"].AsText, change.Key["sk"].AsText);
            Assert.Equal(change.Old is not null, replayed.ContainsKey(key));
            if (change.New is null)
            {
                replayed.Remove(key);
            }
            else
            {
                replayed[key] = change.New;
            }

            Assert.Equal(change.Old is null ? ChangeKind.Insert : change.New is null ? ChangeKind.Remove : ChangeKind.Modify, change.Kind);
        }

        return changes.Count > 0 ? changes[^1].Sequence : after;
    }

    private static string Describe(IEnumerable<Item> items) => string.Join('\n', items.Select(static item =>
        string.Join(' ', item.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}")))
        .Order(StringComparer.Ordinal));

    private static (string, string) RandomKey(Random random) => ($"p{random.Next(5)}", $"s{random.Next(8)}");

    private static Item KeyOf((string Partition, string Sort) key) => ItemsFixture.Key(key.Partition, key.Sort);

    private static Item RandomItem(Random random, (string Partition, string Sort) key)
    {
        var item = KeyOf(key);
        if (random.Next(3) > 0)
        {
            item["colour"] = AttributeValue.Text(Colours[random.Next(3)]);
        }

        item["n"] = AttributeValue.Number(random.Next(10));
        return item;
    }
}

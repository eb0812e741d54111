using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Benchmarks.Items;

/// <summary>Items in this process.</summary>
internal sealed class EmbeddedItems(ItemStore store, string folder) : IItemTarget
{
    public static async Task<EmbeddedItems> CreateAsync(string parent)
    {
        var folder = Path.Combine(parent, "shoal-bench-" + Path.GetRandomFileName());
        var store = await ItemStore.OpenAsync(folder);
        var key = new KeyDefinition("pk", AttributeType.S);
        var sort = new KeyDefinition("sk", AttributeType.N);
        await store.CreateTableAsync(new ItemTable { Name = ItemKeys.Table, Key = new KeySchema(key, sort), Attributes = [key, sort] });
        return new EmbeddedItems(store, folder);
    }

    public Task PutAsync(int number) => store.PutAsync(ItemKeys.Table, Item(ItemKeys.One(number)));

    public Task GetAsync(int number) => store.GetAsync(ItemKeys.Table, Key(ItemKeys.One(number)));

    public Task BatchWriteAsync(int number)
    {
        var request = new BatchWriteRequest();
        foreach (var key in ItemKeys.Batch(number))
        {
            request.Put(ItemKeys.Table, Item(key));
        }

        return store.BatchWriteAsync(request);
    }

    public Task BatchGetAsync(int number)
    {
        var request = new BatchGetRequest();
        foreach (var key in ItemKeys.Batch(number))
        {
            request.Add(ItemKeys.Table, Key(key));
        }

        return store.BatchGetAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static Item Key((string Partition, int Sort) key) => new()
    {
        ["pk"] = AttributeValue.Text(key.Partition),
        ["sk"] = AttributeValue.Number(key.Sort),
    };

    private static Item Item((string Partition, int Sort) key) => new()
    {
        ["pk"] = AttributeValue.Text(key.Partition),
        ["sk"] = AttributeValue.Number(key.Sort),
        ["n"] = AttributeValue.Number(12345),
        ["data"] = AttributeValue.Text(ItemKeys.Payload),
    };
}

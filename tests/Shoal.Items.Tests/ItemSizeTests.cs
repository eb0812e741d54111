using Shoal.Items.Operations;
using Shoal.Items.Values;

namespace Shoal.Items.Tests;

public sealed class ItemSizeTests
{
    [Fact]
    public async Task A_batch_refuses_an_item_that_is_too_large_as_a_single_put_does()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        var item = ItemsFixture.Key("a", "1");
        var keyBytes = "pk".Length + "sk".Length + "a".Length + "1".Length;
        item["v"] = AttributeValue.Text(new string('x', ItemLimits.ItemBytesMax - keyBytes - "v".Length));
        await items.Store.BatchWriteAsync(new BatchWriteRequest().Put("t", item));

        item["v"] = AttributeValue.Text(item["v"].AsText + "x");
        var inBatch = await Assert.ThrowsAsync<ItemException>(() => items.Store.BatchWriteAsync(new BatchWriteRequest().Put("t", item)));
        var single = await Assert.ThrowsAsync<ItemException>(() => items.Store.PutAsync("t", item));
        Assert.Equal(single.Message, inBatch.Message);
    }
}

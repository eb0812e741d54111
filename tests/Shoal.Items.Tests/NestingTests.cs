using Shoal.Items.Values;

namespace Shoal.Items.Tests;

public sealed class NestingTests
{
    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    [InlineData(1000, false)]
    public async Task An_item_is_stored_only_when_it_can_be_read_again(int levels, bool isStored)
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        var value = AttributeValue.Number(1);
        for (var level = 0; level < levels; level++)
        {
            value = level % 2 == 0 ? AttributeValue.List([value]) : AttributeValue.Map(new ItemBuilder().Add("a", value).Build());
        }

        var item = ItemsFixture.Key("a", "1");
        item["deep"] = value;
        if (isStored)
        {
            await items.Store.PutAsync("t", item);
            Assert.Equal(value, (await items.Store.GetAsync("t", ItemsFixture.Key("a", "1")))!["deep"]);
            return;
        }

        var error = await Assert.ThrowsAsync<ItemException>(() => items.Store.PutAsync("t", item));
        Assert.Equal(ItemErrorKind.Validation, error.Reason);
        Assert.Null(await items.Store.GetAsync("t", ItemsFixture.Key("a", "1")));
    }
}

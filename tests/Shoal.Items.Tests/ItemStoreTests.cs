using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Tests;

public sealed class ItemStoreTests
{
    [Fact]
    public async Task What_is_put_is_there_after_a_restart()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("carts"));
        var item = new ItemBuilder().Add("pk", "ann").Add("sk", "1").Add("n", 5).Add("price", 12.50m).Add("ok", true).AddNull("none")
            .Add("bytes", [1, 2, 3])
            .Add("list", AttributeValue.List([AttributeValue.Text("x"), AttributeValue.Map(new ItemBuilder().Add("a", 1).Build())]))
            .Add("set", AttributeValue.TextSet(["b", "a"])).Build();
        await items.Store.PutAsync("carts", item);
        await items.RestartAsync();
        var found = await items.Store.GetAsync("carts", ItemsFixture.Key("ann", "1"));
        Assert.Equal(AttributeValue.Map(item), AttributeValue.Map(found!));
        Assert.Null(await items.Store.GetAsync("carts", ItemsFixture.Key("ann", "2")));
    }

    [Fact]
    public async Task A_batch_write_is_applied_whole_or_not_at_all()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        await items.Store.PutAsync("t", ItemsFixture.Key("a", "old"));
        var response = await items.Store.BatchWriteAsync(new BatchWriteRequest()
            .Put("t", ItemsFixture.Key("a", "1")).Put("t", ItemsFixture.Key("a", "2")).Delete("t", ItemsFixture.Key("a", "old")));
        Assert.Equal(3, response.ProcessedCount);
        Assert.Equal(0, response.UnprocessedItems.Count);

        var broken = new BatchWriteRequest().Put("t", ItemsFixture.Key("a", "3")).Put("t", new ItemBuilder().Add("pk", "a").Build());
        await Assert.ThrowsAsync<ItemException>(() => items.Store.BatchWriteAsync(broken));
        var page = await items.Store.QueryAsync(Query("t", "a"));
        Assert.Equal(["1", "2"], page.Items.Select(item => item["sk"].AsText));
    }

    [Fact]
    public async Task A_batch_write_takes_25_and_names_an_item_once()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        var many = new BatchWriteRequest();
        for (var index = 0; index < 60; index++)
        {
            many.Put("t", ItemsFixture.Key("a", $"{index:D2}"));
        }

        var error = await Assert.ThrowsAsync<ItemException>(() => items.Store.BatchWriteAsync(many));
        Assert.Contains("1 to 25", error.Message, StringComparison.Ordinal);
        var summary = await items.Store.BatchWriteAutoAsync(many);
        Assert.Equal((3, 60, 0), (summary.TotalBatches, summary.TotalItems, summary.FailedBatches));

        var twice = new BatchWriteRequest().Put("t", ItemsFixture.Key("a", "1")).Delete("t", ItemsFixture.Key("a", "1"));
        Assert.Contains("duplicates", (await Assert.ThrowsAsync<ItemException>(() => items.Store.BatchWriteAsync(twice))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrent_updates_lose_nothing()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        var one = new WriteOptions { Values = new Dictionary<string, AttributeValue> { [":one"] = AttributeValue.Number(1) } };
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ =>
            items.Store.UpdateAsync("t", ItemsFixture.Key("a", "b"), "ADD hits :one", one)));
        Assert.Equal(200, (await items.Store.GetAsync("t", ItemsFixture.Key("a", "b")))!["hits"].AsNumber.ToInteger());
    }

    [Fact]
    public async Task A_condition_that_does_not_hold_changes_nothing_and_can_show_the_item()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        await items.Store.PutAsync("t", new ItemBuilder().Add("pk", "a").Add("sk", "b").Add("v", 1).Build());
        var error = await Assert.ThrowsAsync<ItemException>(() => items.Store.PutAsync("t", ItemsFixture.Key("a", "b"),
            new WriteOptions { Condition = "attribute_not_exists(pk)", ItemOnFailure = true }));
        Assert.Equal(ItemErrorKind.ConditionalCheckFailed, error.Reason);
        Assert.Equal(1, error.Item!["v"].AsNumber.ToInteger());
        Assert.Equal(1, (await items.Store.GetAsync("t", ItemsFixture.Key("a", "b")))!["v"].AsNumber.ToInteger());
    }

    [Fact]
    public async Task A_transaction_says_of_each_action_why_it_failed_and_leaves_nothing()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        var request = new TransactWriteRequest()
            .Put("t", ItemsFixture.Key("a", "1"))
            .Check("t", ItemsFixture.Key("a", "2"), new WriteOptions { Condition = "attribute_exists(pk)" })
            .Update("t", ItemsFixture.Key("a", "3"), "SET v = v + v");
        var error = await Assert.ThrowsAsync<ItemException>(() => items.Store.TransactWriteAsync(request));
        Assert.Equal(["None", "ConditionalCheckFailed", "ValidationError"], error.Reasons.Select(reason => reason.Code));
        Assert.Empty((await items.Store.QueryAsync(Query("t", "a"))).Items);
    }

    [Fact]
    public async Task A_transaction_with_a_token_is_applied_once()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        var one = new WriteOptions { Values = new Dictionary<string, AttributeValue> { [":one"] = AttributeValue.Number(1) } };
        TransactWriteRequest Request(string sort) =>
            new TransactWriteRequest { Token = "token" }.Update("t", ItemsFixture.Key("a", sort), "ADD n :one", one);
        await items.Store.TransactWriteAsync(Request("x"));
        await items.Store.TransactWriteAsync(Request("x"));
        Assert.Equal(1, (await items.Store.GetAsync("t", ItemsFixture.Key("a", "x")))!["n"].AsNumber.ToInteger());
        var error = await Assert.ThrowsAsync<ItemException>(() => items.Store.TransactWriteAsync(Request("y")));
        Assert.Equal(ItemErrorKind.IdempotentParameterMismatch, error.Reason);
    }

    [Fact]
    public async Task An_index_added_later_finds_old_and_new_items()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        for (var index = 0; index < 1_300; index++)
        {
            await items.Store.PutAsync("t",
                new ItemBuilder().Add("pk", $"p{index % 7}").Add("sk", $"{index:D4}").Add("colour", index % 2 == 0 ? "red" : "blue").Build());
        }

        await items.Store.UpdateTableAsync("t", table => table with { Indexes = [ItemsFixture.Index("byColour", "colour", "sk")] });
        await items.Store.PutAsync("t", new ItemBuilder().Add("pk", "p0").Add("sk", "9999").Add("colour", "red").Build());
        await items.Store.MaintainAsync();
        var found = 0;
        Item? start = null;
        do
        {
            var page = await items.Store.QueryAsync(new QueryRequest
            {
                Table = "t",
                Index = "byColour",
                KeyCondition = "colour = :c",
                Values = new Dictionary<string, AttributeValue> { [":c"] = AttributeValue.Text("red") },
                Limit = 100,
                StartKey = start,
            });
            found += page.Items.Count;
            start = page.LastKey;
        }
        while (start is not null);
        Assert.Equal(651, found);
    }

    [Fact]
    public async Task Expired_items_go_and_the_stream_tells_all_changes_in_order()
    {
        var time = new ManualTimeProvider();
        await using var items = await ItemsFixture.StartAsync(time);
        await items.Store.CreateTableAsync(
            ItemsFixture.Table("t") with { TimeToLive = "until", Stream = StreamView.NewAndOldImages });
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        await items.Store.PutAsync("t", new ItemBuilder().Add("pk", "a").Add("sk", "1").Add("until", now + 10).Build());
        await items.Store.PutAsync("t", new ItemBuilder().Add("pk", "a").Add("sk", "2").Add("until", now + 1_000).Build());
        await items.Store.PutAsync("t", new ItemBuilder().Add("pk", "a").Add("sk", "2").Add("until", now + 2_000).Build());
        time.Advance(TimeSpan.FromSeconds(30));
        await items.Store.MaintainAsync();
        Assert.Equal(["2"], (await items.Store.QueryAsync(Query("t", "a"))).Items.Select(item => item["sk"].AsText));
        var changes = await items.Store.ReadStreamAsync("t");
        Assert.Equal([ChangeKind.Insert, ChangeKind.Insert, ChangeKind.Modify, ChangeKind.Expire], changes.Select(change => change.Kind));
        Assert.Equal(changes.Select(change => change.Sequence).Order(), changes.Select(change => change.Sequence));
        Assert.Single(await items.Store.ReadStreamAsync("t", after: changes[2].Sequence));
    }

    [Fact]
    public async Task Segments_of_a_scan_find_every_item_once()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        for (var index = 0; index < 300; index++)
        {
            await items.Store.PutAsync("t", ItemsFixture.Key($"p{index}", "s"));
        }

        var found = new List<string>();
        for (var segment = 0; segment < 7; segment++)
        {
            Item? start = null;
            do
            {
                var page = await items.Store.ScanAsync(
                    new QueryRequest { Table = "t", Segment = segment, TotalSegments = 7, Limit = 10, StartKey = start });
                found.AddRange(page.Items.Select(item => item["pk"].AsText));
                start = page.LastKey;
            }
            while (start is not null);
        }

        Assert.Equal(300, found.Count);
        Assert.Equal(300, found.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_table_that_is_made_again_is_empty()
    {
        await using var items = await ItemsFixture.StartAsync();
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        await items.Store.PutAsync("t", ItemsFixture.Key("a", "b"));
        await items.Store.DeleteTableAsync("t");
        await items.Store.CreateTableAsync(ItemsFixture.Table("t"));
        await items.Store.MaintainAsync();
        Assert.Empty((await items.Store.ScanAsync(new QueryRequest { Table = "t" })).Items);
    }

    private static QueryRequest Query(string table, string partition) => new()
    {
        Table = table,
        KeyCondition = "pk = :p",
        Values = new Dictionary<string, AttributeValue> { [":p"] = AttributeValue.Text(partition) },
    };
}

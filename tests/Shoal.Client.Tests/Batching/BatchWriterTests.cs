using System.Collections.Concurrent;
using System.Diagnostics;
using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Client.Tests.Batching;

public sealed class BatchWriterTests
{
    private static readonly TableMap<Item> Map = WriterFixture.Map;

    [Fact]
    public async Task A_cancelled_call_waits_for_what_it_handed_over_and_tells_what_became_of_every_item()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var writer = Writer(test, new() { BatchRowsMax = 5, PendingRowsMax = 20 });
        using var cancelled = new CancellationTokenSource();
        var read = 0;
        var call = writer.WriteBatchAsync(Enumerable.Range(0, 100).Select(id =>
        {
            read++;
            return new Item(id);
        }), cancelled.Token);
        await test.Gate.WhenInFlightAsync(4);
        await cancelled.CancelAsync();
        test.Gate.Release();
        var error = await Assert.ThrowsAsync<WriteCanceledException>(() => call);
        var there = (await test.IdsAsync()).ToHashSet();
        Assert.Equal((read, there.Count), (error.Results.Count, error.Results.Count(result => result.IsApplied)));
        Assert.All(error.Results, result => Assert.Equal(result.IsApplied, there.Contains(result.Index)));
        Assert.InRange(read, 20, 21);
    }

    [Fact]
    public async Task An_error_of_the_input_or_the_map_reaches_the_caller_and_leaves_the_writer_whole()
    {
        await using var test = await WriterFixture.StartAsync();
        var map = new TableMap<Item>("items").Key("id", item => item.Id)
            .Column("name", item => item.Name == "throws" ? throw new FormatException("no such name") : item.Name);
        await using var writer = new BatchWriter<Item>(test.Shop, map, WriteMode.Insert);
        await Assert.ThrowsAsync<FormatException>(() => writer.WriteBatchAsync([new Item(1), new Item(2, "throws"), new Item(3)]));
        Assert.Equal([1], await test.IdsAsync());
        Assert.True((await writer.WriteOneAsync(new Item(4))).IsApplied);
        Assert.Equal((0, 0), (writer.Stats.BufferedRows, writer.Stats.BufferedBytes));
    }

    [Fact]
    public async Task Single_items_gather_while_one_is_on_its_way()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var writer = Writer(test, new());
        var first = writer.WriteOneAsync(new Item(0));
        await test.Gate.WhenInFlightAsync(1);
        var others = Enumerable.Range(1, 50).Select(id => writer.WriteOneAsync(new Item(id))).ToArray();
        test.Gate.Release();
        Assert.True((await first).IsApplied);
        Assert.All(await Task.WhenAll(others), result => Assert.True(result.IsApplied));
        Assert.Equal(2, test.Gate.Requests);
    }

    [Fact]
    public async Task An_item_that_is_too_large_for_any_request_is_refused_alone()
    {
        await using var test = await WriterFixture.StartAsync();
        await using var writer = Writer(test, new() { PendingBytesMax = 5_000_000 });
        var results = await writer.WriteBatchAsync([new Item(1), new Item(2, new string('x', 6_000_000)), new Item(3)]);
        Assert.Equal([ItemStatus.Applied, ItemStatus.Rejected, ItemStatus.Applied], results.Select(result => result.Status));
        Assert.Equal(WriteFault.Size, WriteFaults.Of(results[1].Error!));
        Assert.Equal([1, 3], (await test.IdsAsync()).Order());
    }

    [Fact]
    public async Task Row_21_Every_batch_of_all_three_writers_is_an_activity_that_names_its_database()
    {
        var activities = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Shoal.Client",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var test = await WriterFixture.StartAsync();
        await test.CreateAsync("traced");
        await test.Client.Database("traced").InsertManyAsync(Map, [new Item(1)]);
        await using (var writer = Writer(test, new() { Name = "traced-writer" }))
        {
            await writer.WriteBatchAsync([new Item(2, Database: "traced"), new Item(3, Database: "traced")]);
        }

        await using (var buffer = new WriteBuffer<Item>(test.Client.Database("traced"), Map, WriteMode.Insert, new() { Name = "traced-buffer" }))
        {
            var refused = buffer.WriteAsync(new Item(2));
            await buffer.FlushAsync();
            Assert.False((await refused).IsApplied);
        }

        var seen = activities.Where(activity => (string?)activity.GetTagItem("db.namespace") == "traced")
            .Select(activity => $"{activity.GetTagItem("shoal.writer")} {activity.GetTagItem("db.operation.batch.size")} {activity.Status}");
        Assert.Equal(["bulk 1 Ok", "traced-buffer 1 Error", "traced-writer 2 Ok"], seen.Order(StringComparer.Ordinal));
    }

    private static BatchWriter<Item> Writer(WriterFixture test, BatchWriterOptions<Item> options) =>
        new(test.Client, item => item.Database, Map, WriteMode.Insert, options);
}

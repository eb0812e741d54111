using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Client.Tests.Batching;

/// <summary>What is measured of the whole process, and so runs while no other test does.</summary>
[Collection(AloneCollection.Name)]
public sealed class BatchingMemoryTests
{
    [Fact]
    public async Task Complaint_03_While_the_server_is_down_who_adds_is_slowed_and_memory_does_not_grow()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var buffer = new WriteBuffer<Item>(test.Client, item => item.Database, WriterFixture.Map, WriteMode.Insert, new()
        {
            Linger = TimeSpan.FromSeconds(10), LingerJitter = TimeSpan.Zero,
            BatchRowsMax = 50, BufferedRowsMax = 100_000, BufferedBytesMax = 2_000_000,
            WhenFull = FullPolicy.Reject, CloseDeadline = TimeSpan.Zero,
        });
        var text = new string('x', 1_000);
        var item = new Item(1, text);
        while (buffer.TryAdd(item))
        {
            // Until it is full.
        }

        await test.Gate.WhenInFlightAsync(1);
        var before = LiveBytes();
        var refused = 0;
        for (var count = 0; count < 200_000; count++)
        {
            refused += buffer.TryAdd(item) ? 0 : 1;
        }

        Assert.Equal(200_000, refused);
        Assert.InRange(buffer.Stats.BufferedBytes, 1_900_000, 2_000_000);
        Assert.InRange(LiveBytes() - before, long.MinValue, 1_000_000);
        Assert.InRange(test.Gate.Requests, 1, 1);
        Assert.False((await buffer.CloseAsync(TimeSpan.Zero)).IsInTime);

        static long LiveBytes()
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }

    [Fact]
    public async Task A_million_items_do_not_make_a_million_tasks()
    {
        // Method: a server that does nothing, so that all that is allocated is the client's.
        using var http = new HttpClient(new YesHandler());
        using var client = new ShoalClient(http, new ShoalClientOptions { Address = new Uri("http://nowhere"), Account = "acme" });
        await using var writer = new BatchWriter<Item>(client, item => item.Database, WriterFixture.Map, WriteMode.Insert, new() { BatchRowsMax = 1_000 });
        var items = Enumerable.Range(0, 50).Select(index => new Item(index, Database: $"db-{index % 25}")).ToArray();
        await writer.WriteBatchAsync(items);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var results = await writer.WriteBatchAsync(Enumerable.Range(0, 1_000_000).Select(index => items[index % items.Length]));
        var perItem = (GC.GetTotalAllocatedBytes(precise: true) - before) / 1_000_000.0;
        Assert.Equal(1_000_000, results.Count(result => result.IsApplied));

        // A task and its state alone are more than 200 bytes; a result of 48 is kept, in an array that doubles.
        Assert.InRange(perItem, 0, 350);
        Assert.InRange(writer.Stats.Requests, 1_000, 1_100);
    }

    private sealed class YesHandler : HttpMessageHandler
    {
        private static readonly byte[] Reply = Encoding.UTF8.GetBytes("""{"result":[],"success":true,"errors":[],"messages":[]}""");

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Reply) });
    }
}

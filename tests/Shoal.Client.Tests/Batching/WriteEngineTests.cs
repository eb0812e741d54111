using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Client.Tests.Batching;

public sealed class WriteEngineTests
{
    /// <summary>Method: whoever waits for an item begins a flush in the moment in which he hears of its result.</summary>
    [Fact]
    public async Task A_flush_that_begins_when_an_item_has_its_result_does_not_report_the_item_again()
    {
        await using var test = await WriterFixture.StartAsync();
        using var engine = new WriteEngine<Item>(new EngineSetup<Item>
        {
            Client = test.Client,
            Map = WriterFixture.Map,
            Mode = WriteMode.Insert,
            DatabaseOf = static item => item.Database,
            Options = new WriteBufferOptions<Item>(),
            Order = ItemOrder.PerDatabase,
            RowsMax = 10,
            BytesMax = 100_000,
        });
        var sink = new FlushingSink(engine);
        Assert.Equal(AddOutcome.Added, engine.TryAdd(new Item(1), new Ticket(sink, 0)));

        var report = await engine.FlushAsync(FlushReason.Explicit);

        Assert.Equal((1, 0), (report.Applied, (await sink.Flush).Applied));
        Assert.Equal(1, engine.Stats().Applied);
    }

    private sealed class FlushingSink(WriteEngine<Item> engine) : IResultSink
    {
        public Task<FlushReport> Flush { get; private set; } = Task.FromResult(new FlushReport { Applied = -1 });

        public void Settle(in ItemResult result) => Flush = engine.FlushAsync(FlushReason.Explicit);
    }
}

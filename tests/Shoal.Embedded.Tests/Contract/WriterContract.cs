using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Embedded.Tests.Contract;

/// <summary>Goal: writers of many keys and databases do the same over HTTP and in process. Method: one suite, run on both.</summary>
public abstract class WriterContract(Func<Task<IClientHost>> start)
{
    private const int Databases = 8;

    private static readonly TableMap<(int Tenant, int Id, string Name)> Map = new TableMap<(int Tenant, int Id, string Name)>("t")
        .Key("id", item => item.Id).Column("name", item => item.Name);

    [Fact]
    public async Task A_batch_writer_writes_to_many_databases_and_tells_the_fate_of_each_item()
    {
        await using var host = await PreparedAsync();
        await using var writer = new BatchWriter<(int Tenant, int Id, string Name)>(host.Client, item => Name(item.Tenant), Map, WriteMode.Insert,
            new() { Atomicity = Atomicity.PerRow });
        var results = await writer.WriteBatchAsync(
            Enumerable.Range(0, 4_000).Select(id => (id % Databases, id, id == 1_234 ? "bad" : $"item {id}")));
        Assert.Equal([1_234], results.Where(result => !result.IsApplied).Select(result => (int)result.Index));
        Assert.Equal(3_999, await CountAsync(host));
        Assert.True((await writer.WriteOneAsync((3, 9_999, "one more"))).IsApplied);
    }

    [Fact]
    public async Task A_write_buffer_has_written_everything_when_it_is_flushed()
    {
        await using var host = await PreparedAsync();
        await using var buffer = new WriteBuffer<(int Tenant, int Id, string Name)>(host.Client, item => Name(item.Tenant), Map, WriteMode.Insert);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var id = worker; id < 4_000; id += 4)
            {
                await buffer.AddAsync((id % Databases, id, $"item {id}"));
            }
        })));
        await buffer.FlushAsync();
        Assert.Equal(4_000, await CountAsync(host));
    }

    private static string Name(int tenant) => $"tenant-{tenant}";

    private static async Task<int> CountAsync(IClientHost host)
    {
        var sum = 0;
        for (var tenant = 0; tenant < Databases; tenant++)
        {
            sum += await host.Client.Database(Name(tenant)).Prepare("SELECT count(*) FROM t").FirstAsync<int>();
        }

        return sum;
    }

    private async Task<IClientHost> PreparedAsync()
    {
        var host = await start();
        for (var tenant = 0; tenant < Databases; tenant++)
        {
            await host.Client.Database(Name(tenant), createIfMissing: true)
                .ExecAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> 'bad'))");
        }

        return host;
    }
}

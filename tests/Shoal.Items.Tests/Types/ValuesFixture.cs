using Shoal.Items.Types;

namespace Shoal.Items.Tests.Types;

/// <summary>Typed values on a temporary data folder.</summary>
internal sealed class ValuesFixture : IAsyncDisposable
{
    public const string TableName = "values";

    public ItemsFixture Items { get; private init; } = null!;

    public ValueStore Values { get; private set; } = null!;

    public static async Task<ValuesFixture> StartAsync(TimeProvider? time = null)
    {
        var items = await ItemsFixture.StartAsync(time);
        return new ValuesFixture { Items = items, Values = await ValueStore.OpenAsync(items.Store) };
    }

    public static Random NewRandom()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    public async Task RestartAsync()
    {
        await Values.DisposeAsync();
        await Items.RestartAsync();
        Values = await ValueStore.OpenAsync(Items.Store);
    }

    public Task<T> WriteAsync<T>(ValueWrite<T> write) => Values.WriteAsync(write);

    public Task<T> ReadAsync<T>(ValueRead<T> read) => Values.ReadAsync(read);

    /// <summary>Items of the table: heads, elements, ends and garbage.</summary>
    public async Task<int> CountRowsAsync() =>
        (await Items.Store.ScanAsync(new() { Table = TableName, Select = Operations.SelectKind.Count })).Count;

    public async ValueTask DisposeAsync()
    {
        await Values.DisposeAsync();
        await Items.DisposeAsync();
    }
}

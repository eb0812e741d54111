using Shoal.Sync.Tests.Postgres;

#pragma warning disable CA5394 // reproducible on purpose

namespace Shoal.Sync.Tests.Runs;

/// <summary>
/// Goal: whatever is cut off or killed, no change is lost and none is applied twice. Method: writers change and move rows without a
/// pause while a part fails again and again; then everything is compared. The seed is printed.
/// </summary>
public sealed class KillTests(PostgresCluster cluster, ITestOutputHelper output) : IClassFixture<PostgresCluster>
{
    private const int Kills = 6;

    [Fact]
    public Task The_sync_is_cancelled_and_begun_again() => RunAsync(async sync =>
    {
        await sync.StopAsync();
        await sync.StartAsync();
    });

    [Fact]
    public Task PostgreSQL_is_stopped_at_once() => RunAsync(async _ =>
    {
        await cluster.StopImmediatelyAsync();
        await cluster.StartAsync();
    });

    [Fact]
    public async Task The_network_to_PostgreSQL_is_cut()
    {
        await using var proxy = new CutProxy(cluster.Port);
        await RunAsync(_ =>
        {
            proxy.Cut();
            return Task.CompletedTask;
        }, sync => sync.Connection = sync.Connection.Replace($"Port={cluster.Port}", $"Port={proxy.Port}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_network_to_the_server_is_cut()
    {
        CutProxy? proxy = null;
        try
        {
            await RunAsync(_ =>
            {
                proxy!.Cut();
                return Task.CompletedTask;
            }, sync =>
            {
                proxy = new CutProxy(sync.Address.Port);
                sync.Address = new Uri($"http://127.0.0.1:{proxy.Port}");
            });
        }
        finally
        {
            if (proxy is not null)
            {
                await proxy.DisposeAsync();
            }
        }
    }

    [Fact]
    public Task The_process_of_the_sync_is_killed() => RunAsync(async sync =>
    {
        await sync.Program!.KillAsync();
        await sync.StartAsync();
    }, inProcesses: true);

    [Fact]
    public Task The_process_of_the_server_is_killed() => RunAsync(async sync =>
    {
        await sync.ServerProgram!.KillAsync();
        await sync.StartServerAsync();
    }, inProcesses: true);

    private async Task RunAsync(Func<SyncFixture, Task> kill, Action<SyncFixture>? prepare = null, bool inProcesses = false)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var sync = await SyncFixture.CreateAsync(cluster, ShopWorkload.Schema, ShopWorkload.Tables, inProcesses);
        prepare?.Invoke(sync);
        await sync.StartAsync();
        await using var writers = ShopWorkload.Start(sync, seed);
        for (var round = 0; round < Kills; round++)
        {
            await Task.Delay(random.Next(100, 400));
            await kill(sync);
        }

        output.WriteLine($"{await writers.StopAndCompareAsync()} transactions");
        if (sync.Source is { } source)
        {
            output.WriteLine($"{source.Counters.Skipped} skipped, {source.Counters.Moves} moves");
        }

        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
    }
}

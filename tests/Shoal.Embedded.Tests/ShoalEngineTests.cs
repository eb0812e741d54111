using Shoal.Client.Bulk;
using Shoal.Engine;

namespace Shoal.Embedded.Tests;

public sealed class ShoalEngineTests
{
    [Fact]
    public async Task What_was_written_is_there_when_the_folder_is_opened_again()
    {
        using var folder = new TempFolder();
        await using (var engine = ShoalEngine.Open(folder.Root))
        {
            var tenant = engine.Database("tenant-1", createIfMissing: true);
            await tenant.ExecAsync("CREATE TABLE t(a)");
            await tenant.Prepare("INSERT INTO t VALUES (?)").Bind("kept").RunAsync();
        }

        await using var again = ShoalEngine.Open(folder.Root);
        Assert.Equal("kept", await again.Database("tenant-1").Prepare("SELECT a FROM t").FirstAsync<string>());
    }

    [Fact]
    public async Task A_folder_is_opened_once_and_the_second_who_tries_is_told_by_whom()
    {
        using var folder = new TempFolder();
        await using (ShoalEngine.Open(folder.Root))
        {
            var error = Assert.Throws<ShoalException>(() => ShoalEngine.Open(folder.Root));
            Assert.Equal(ShoalErrorKind.Unavailable, error.Kind);
            Assert.Contains($"in use by process {Environment.ProcessId}", error.Reason, StringComparison.Ordinal);
            Assert.Contains("one process at a time", error.Hint, StringComparison.Ordinal);
        }

        await using var again = ShoalEngine.Open(folder.Root);
    }

    [Fact]
    public async Task What_is_on_its_way_when_the_engine_is_disposed_is_finished_or_refused_and_never_lost()
    {
        using var folder = new TempFolder();
        var outcomes = new List<Task<bool>>();
        await using (var engine = ShoalEngine.Open(folder.Root))
        {
            var tenant = engine.Database("t", createIfMissing: true);
            await tenant.ExecAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
            for (var number = 0; number < 500; number++)
            {
                var bound = tenant.Prepare("INSERT INTO t VALUES (?)").Bind(number);
                outcomes.Add(Task.Run(() => IsAppliedAsync(bound)));
            }

            await outcomes[0];
        }

        var applied = (await Task.WhenAll(outcomes)).Count(static one => one);
        await using var again = ShoalEngine.Open(folder.Root);
        Assert.Equal(applied, await again.Database("t").Prepare("SELECT count(*) FROM t").FirstAsync<int>());

        static async Task<bool> IsAppliedAsync(Client.D1.Statement statement)
        {
            try
            {
                await statement.RunAsync();
                return true;
            }
            catch (Exception error) when (error is ObjectDisposedException or ShoalException { MayHaveBeenApplied: false })
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_disposed_engine_says_so_at_once_and_can_be_disposed_again()
    {
        using var folder = new TempFolder();
        var engine = ShoalEngine.Open(folder.Root);
        var tenant = engine.Database("t", createIfMissing: true);
        await tenant.ExecAsync("CREATE TABLE t(a)");
        await engine.DisposeAsync();
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tenant.Prepare("SELECT 1").RunAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.Client.CreateDatabaseAsync("x"));
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => tenant.InsertManyAsync(new TableMap<int>("t").Column("a", n => n), [1, 2, 3]));
    }

    [Fact]
    public async Task A_result_beyond_the_bound_is_refused_and_the_database_goes_on()
    {
        using var folder = new TempFolder();
        await using var engine = await ShoalEngine.OpenAsync(new ShoalEngineOptions
        {
            Engine = new EngineOptions { DataFolder = folder.Root },
            ResultBytesMax = 10_000,
        });
        var tenant = engine.Database("t", createIfMissing: true);
        var error = await Assert.ThrowsAsync<ShoalException>(() => tenant.Prepare("SELECT zeroblob(20000)").RunAsync());
        Assert.Equal((ShoalErrorKind.InvalidRequest, false), (error.Kind, error.MayHaveBeenApplied));
        Assert.Equal(1, await tenant.Prepare("SELECT 1").FirstAsync<int>());
    }

    [Fact]
    public async Task A_folder_written_in_process_is_served_by_a_server_and_the_other_way_round()
    {
        using var folder = new TempFolder();
        await using (var engine = ShoalEngine.Open(folder.Root))
        {
            await engine.Database("t", createIfMissing: true).ExecAsync("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        }

        await using (var server = await TestServer.StartAsync(options => options.DataFolder = folder.Root))
        {
            using var client = new ShoalClient(new ShoalClientOptions { Address = server.Address, Token = TestServer.Token });
            await client.Database("t").ExecAsync("INSERT INTO t VALUES (2)");
        }

        await using var again = ShoalEngine.Open(folder.Root);
        Assert.Equal([1L, 2L], await again.Database("t").Prepare("SELECT a FROM t ORDER BY a").AllAsync<long>());
    }
}

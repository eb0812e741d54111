using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Retry;

namespace Shoal.Client.Tests.Faults;

/// <summary>Goal: nothing is lost or doubled when a process is killed. Method: real processes, and SIGKILL.</summary>
public sealed class KilledProcessTests
{
    private static readonly TableMap<long> Map = new TableMap<long>("log").Column("n", n => n);

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(400)]
    public async Task Row_15_What_a_spool_has_taken_is_written_once_after_kill_9_of_the_writer(int rows)
    {
        using var folder = new TempFolder();
        await using var fixture = await StartAsync();
        var taken = await KillAfterAsync(rows, fixture, "-KILL", folder.Combine("spool"));
        await using var buffer = await WriteBuffer.OpenAsync(fixture.Client, Name, Map, WriteMode.Insert, new WriteBufferOptions<long>
        {
            SpoolFolder = folder.Combine("spool"), SpoolType = Json<long>(),
        });
        Assert.True((await buffer.FlushAsync()).IsComplete);
        var there = await ContentAsync(fixture.Client);

        // Items come in order, so those after the last that was printed had been taken and not yet told.
        Assert.Equal(Enumerable.Range(0, there.Count).Select(n => (long)n), there);
        Assert.InRange(there.Count, taken, int.MaxValue);
    }

    [Fact]
    public async Task Row_17_A_process_that_is_asked_to_end_settles_what_its_buffers_hold_first()
    {
        await using var fixture = await StartAsync();
        var taken = await KillAfterAsync(200, fixture, "-TERM", spool: null);
        var there = await ContentAsync(fixture.Client);
        Assert.Equal(Enumerable.Range(0, there.Count).Select(n => (long)n), there);
        Assert.InRange(there.Count, taken, int.MaxValue);
    }

    [Fact]
    public async Task A_server_that_is_killed_in_the_middle_of_batches_loses_and_doubles_nothing()
    {
        using var folder = new TempFolder();
        using var proxy = new SwitchHandler();
        using var http = new HttpClient(proxy);
        var server = await ServerAsync(folder, proxy);
        using var client = new ShoalClient(http, new ShoalClientOptions
        {
            Address = new Uri("http://shoal"), Account = "acme", Token = TestServer.Token,
        });
        await CreateAsync(client);
        await using var buffer = new WriteBuffer<long>(client, Name, Map, WriteMode.Insert, new WriteBufferOptions<long>
        {
            BatchRowsMax = 20, BufferedRowsMax = 500, Linger = TimeSpan.Zero,
            Retry = new RetryOptions { AttemptsMax = 1_000, Delay = TimeSpan.FromMilliseconds(5), DelayMax = TimeSpan.FromMilliseconds(20), Deadline = TimeSpan.FromMinutes(2) },
            Breaker = new BreakerOptions { DatabaseFailuresMax = 0, FailuresMax = 0 },
        });
        for (var n = 0; n < 6_000; n++)
        {
            await buffer.AddAsync(n);
            if (n is 1_500 or 3_000 or 4_500)
            {
                server.Kill();
                await server.WaitForExitAsync();
                server.Dispose();
                server = await ServerAsync(folder, proxy);
            }
        }

        Assert.True((await buffer.FlushAsync()).IsComplete);
        Assert.Equal(6_000, buffer.Stats.Applied);
        Assert.Equal(Enumerable.Range(0, 6_000).Select(n => (long)n), await ContentAsync(client));
        server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    private static async Task<ClientFixture> StartAsync()
    {
        var fixture = await ClientFixture.StartAsync();
        await CreateAsync(fixture.Client);
        return fixture;
    }

    private static async Task CreateAsync(ShoalClient client)
    {
        foreach (var name in (string[])["even", "odd"])
        {
            await client.CreateDatabaseAsync(name);
            await client.Database(name).ExecAsync("CREATE TABLE log(seq INTEGER PRIMARY KEY, n INTEGER)");
        }
    }

    private static string Name(long n) => n % 2 == 0 ? "even" : "odd";

    private static async Task<List<long>> ContentAsync(ShoalClient client) =>
        [.. (await client.Database("even").Prepare("SELECT n FROM log").AllAsync<long>())
            .Concat(await client.Database("odd").Prepare("SELECT n FROM log").AllAsync<long>()).Order()];

    /// <summary>Runs a writer until it has taken some rows, then ends it by a signal; how many rows it said it had taken.</summary>
    private static async Task<int> KillAfterAsync(int rows, ClientFixture fixture, string signal, string? spool)
    {
        using var process = Run(["writer", fixture.Server.Address.ToString(), .. spool is null ? Array.Empty<string>() : [spool]]);
        var taken = 0;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            taken = int.Parse(line, CultureInfo.InvariantCulture) + 1;
            if (taken == rows)
            {
                using var kill = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
                await kill.WaitForExitAsync();
            }
        }

        await process.WaitForExitAsync();
        Assert.InRange(taken, rows, int.MaxValue);
        return taken;
    }

    private static async Task<Process> ServerAsync(TempFolder folder, SwitchHandler proxy)
    {
        var process = Run(["server", folder.Combine("data")]);
        proxy.Target = new Uri((await process.StandardOutput.ReadLineAsync())!);
        return process;
    }

    private static Process Run(string[] arguments) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Shoal.WriterProcess.dll"), .. arguments]) { RedirectStandardOutput = true })!;

    private static JsonTypeInfo<T> Json<T>() =>
        (JsonTypeInfo<T>)new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }.GetTypeInfo(typeof(T));

    /// <summary>Sends to the server that runs now.</summary>
    private sealed class SwitchHandler() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        public Uri Target { get; set; } = new("http://shoal");

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(Target, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

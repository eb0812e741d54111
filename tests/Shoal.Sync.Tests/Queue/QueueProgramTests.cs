using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Shoal.Cli;
using Shoal.Cli.Tests;
using Shoal.Sync.Tests.Postgres;
using Shoal.Sync.Tests.Runs;
using static Shoal.Sync.Tests.Queue.QueueFixture;

#pragma warning disable CA5394 // reproducible on purpose

namespace Shoal.Sync.Tests.Queue;

/// <summary>Goal: the queue of the real program keeps its promises. Method: server and sync as processes, pushed to by HTTP.</summary>
public sealed class QueueProgramTests : IAsyncLifetime
{
    private const string ReadyText = "The queue is ready on ";

    private readonly ITestOutputHelper _output;
    private readonly TempFolder _folder = new();
    private readonly Uri _server = new($"http://127.0.0.1:{FreePort.Next()}");
    private readonly Uri _listen = new($"http://127.0.0.1:{FreePort.Next()}");
    private readonly HttpClient _http;
    private readonly CommandLine _shoal;
    private ShoalProgram? _serving;
    private ShoalProgram? _syncing;

    public QueueProgramTests(ITestOutputHelper output)
    {
        _output = output;
        _http = new HttpClient { BaseAddress = _listen };
        _shoal = new CommandLine(_folder.Root).With("SHOAL_URL", _server.ToString()).With("SHOAL_TOKEN", TestServer.Token)
            .With("SHOAL_ACCOUNT", "acme");
    }

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder.Combine("push.json"), QueueFixture.Configuration(", \"maxDepth\": 1000"));
        _serving = ShoalProgram.Start(_folder.Root, "serve", "--data", _folder.Combine("data"), "--urls", _server.ToString(),
            "--token", TestServer.Token);
        await _serving.SaysAsync("is ready on");
    }

    public ValueTask DisposeAsync()
    {
        _syncing?.Dispose();
        _serving?.Dispose();
        _http.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Goal: what was answered is applied once, whatever is killed. Method: pushers send rows, each with a key, again and again until
    /// they are answered, while the process is killed; every write of a row is noted by the tenant's own triggers.
    /// </summary>
    [Fact]
    public async Task Messages_that_were_answered_are_applied_once_though_the_process_is_killed()
    {
        var seed = Environment.TickCount;
        _output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await SyncAsync();
        using var client = SyncFixture.NewClient(_server);
        string[] tenants = ["a", "b", "c"];
        foreach (var tenant in tenants)
        {
            await PushAsync(Message(tenant, "upsert", """{"id": 0}"""));
            await SyncFixture.UntilAsync(async () => await client.FindDatabaseAsync(tenant) is not null
                && (await client.Database(tenant).Prepare("SELECT 1 FROM sqlite_master WHERE name = 'items'").AllAsync(static row => row.GetInt64(0))).Count > 0,
                () => _syncing!.Said);
            await client.Database(tenant).ExecAsync(QueueTests.AppliedTriggers);
        }

        using var stop = new CancellationTokenSource();
        var pushers = Enumerable.Range(0, 3).Select(pusher => PushUntilAsync(pusher, tenants, stop.Token)).ToList();
        for (var kill = 0; kill < 6; kill++)
        {
            await Task.Delay(random.Next(100, 500));
            await _syncing!.KillAsync();
            await SyncAsync();
        }

        await stop.CancelAsync();
        var answered = (await Task.WhenAll(pushers).WaitAsync(TimeSpan.FromMinutes(2))).SelectMany(static one => one).ToList();
        await SyncFixture.UntilAsync(async () => await client.Database("sync-push").Prepare("SELECT count(*) FROM queue_messages")
            .FirstAsync(static row => row.GetInt64(0)) == 0, () => _syncing!.Said);
        Assert.NotEmpty(answered);
        foreach (var tenant in tenants)
        {
            var applied = (await client.Database(tenant).Prepare("SELECT id, count(*) FROM applied WHERE id > 0 GROUP BY id")
                .AllAsync(static row => (Id: row.GetInt64(0), Count: row.GetInt64(1)))).ToDictionary(static one => one.Id, static one => one.Count);
            Assert.DoesNotContain(applied, static one => one.Value != 1);
            Assert.DoesNotContain(answered, one => one.Tenant == tenant && !applied.ContainsKey(one.Id));
        }

        _output.WriteLine($"{answered.Count} messages were answered");
    }

    [Fact]
    public async Task What_http_answers_says_what_to_do()
    {
        await SyncAsync("--listen-token", "geheim");
        Assert.Equal(HttpStatusCode.Unauthorized, (await _http.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/health")).StatusCode);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "falsch");
        Assert.Equal(HttpStatusCode.Unauthorized, (await PushAsync(Message("a", "upsert", """{"id": 1}"""))).Status);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "geheim");

        var taken = await PushAsync(Message("a", "upsert", """{"id": 1}"""), Message("a", "upsert", """{"id": 2}"""));
        Assert.Equal((HttpStatusCode.Accepted, 2), (taken.Status, taken.Body.GetProperty("accepted").GetInt32()));
        var wrong = await PushAsync(Message("a", "upsert", """{"id": 1}"""), Message("a", "upsert", """{"id": "x"}"""));
        Assert.Equal((HttpStatusCode.BadRequest, 1), (wrong.Status, wrong.Body.GetProperty("index").GetInt32()));
        Assert.NotEmpty(wrong.Body.GetProperty("hint").GetString()!);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("/sync/other/messages", "{}")).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync("/sync/push/messages", "{}", "text/plain")).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await SendAsync("/sync/push/messages", new string(' ', (256 * 1024) + 1))).Status);

        var metrics = await _http.GetStringAsync("/metrics");
        Assert.Contains("shoal_sync_queue_accepted_total{source=\"push\"} 2\n", metrics, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(Checkout.Combine("docs/reference/sync.md"));
        Assert.All(metrics.Split('\n').Where(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal)),
            line => Assert.Contains($"`{line.Split(' ')[2]}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_full_queue_says_when_to_come_again_and_dead_letters_are_settled_over_http()
    {
        await SyncAsync();
        await PushAsync(Message("a", "upsert", """{"id": 0}"""));
        using var client = SyncFixture.NewClient(_server);
        await SyncFixture.UntilAsync(async () => (await StatusAsync()).GetProperty("queue_depth").GetInt64() == 0, () => _syncing!.Said);
        await client.Database("a").ExecAsync("CREATE TRIGGER no BEFORE INSERT ON items BEGIN SELECT RAISE(ABORT, 'never'); END");
        for (var push = 0; push < 10; push++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await PushAsync([.. Enumerable.Range(1 + (100 * push), 100).Select(id =>
                Message("a", "upsert", $$"""{"id": {{id}}}""", ", \"delaySeconds\": 3600"))])).Status);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/sync/push/messages")
        {
            Content = new StringContent(Message("b", "upsert", """{"id": 1}"""), Encoding.UTF8, "application/json"),
        };
        using var full = await _http.SendAsync(request);
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (full.StatusCode, full.Headers.RetryAfter?.ToString()));

        await client.Database("sync-push").ExecAsync("UPDATE queue_messages SET due_ms = 0 WHERE seq % 250 = 0");
        await SyncFixture.UntilAsync(async () => (await StatusAsync()).GetProperty("queue_dead_letters").GetInt64() == 4, () => _syncing!.Said);
        var letters = JsonDocument.Parse(await _http.GetStringAsync("/sync/push/dead-letters")).RootElement.GetProperty("deadLetters");
        Assert.Equal(4, letters.GetArrayLength());
        var ids = letters.EnumerateArray().Select(static one => one.GetProperty("id").GetInt64()).Order().ToList();
        Assert.Contains("never", await _shoal.OkAsync("sync", "dead-letters", "push.json"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("/sync/push/dead-letters", "{}")).Status);
        Assert.Equal(1, (await SendAsync("/sync/push/dead-letters", $"{{\"acks\": [{{\"id\": {ids[0]}}}]}}")).Body.GetProperty("acked").GetInt32());
        await client.Database("a").ExecAsync("DROP TRIGGER no");
        Assert.Equal(1, (await SendAsync("/sync/push/dead-letters", $"{{\"retries\": [{{\"id\": {ids[1]}}}]}}")).Body.GetProperty("retried").GetInt32());
        Assert.Contains("Put back 1", await _shoal.OkAsync("sync", "dead-letters", "push.json", "--retry", ids[2].ToString(CultureInfo.InvariantCulture)),
            StringComparison.Ordinal);
        Assert.Equal(1, (await _shoal.JsonAsync("sync", "dead-letters", "push.json", "--drop", "all")).GetProperty("dropped").GetInt32());
        await SyncFixture.UntilAsync(async () => (await client.Database("a").Prepare("SELECT id FROM items WHERE id > 0 ORDER BY id")
            .AllAsync(static row => row.GetInt64(0))).Count == 2, () => _syncing!.Said);
        Assert.Equal(0, (await StatusAsync()).GetProperty("queue_dead_letters").GetInt64());
    }

    /// <summary>The guide's C# block, as it stands there.</summary>
    [Fact]
    public async Task The_guide_s_example_works()
    {
        var guide = await File.ReadAllTextAsync(Checkout.Combine("docs/guides/edge-sync-messages.md"));
        Assert.All(GuideExample.Blocks("csharp"), static block => Assert.Contains(block, GuideExample.Source, StringComparison.Ordinal));
        var json = guide.Split("<<'EOF'\n")[1].Split("EOF\n")[0];
        await File.WriteAllTextAsync(_folder.Combine("push.json"), json);
        await SyncAsync();
        using var client = SyncFixture.NewClient(_server);
        await PushToAsync(Message("42", "upsert", "{\"name\": \"new-checkout\", \"enabled\": true}", ", \"version\": 7", "feature_flags"), "shop");
        await GuideExample.PushAsync(_http);
        await SyncFixture.UntilAsync(async () => (await StatusAsync()).GetProperty("queue_depth").GetInt64() == 0, () => _syncing!.Said);
        Assert.Equal([0L], await client.Database("tenant-42").Prepare("SELECT enabled FROM feature_flags").AllAsync(static row => row.GetInt64(0)));
    }

    [Fact]
    public async Task A_source_without_postgresql_is_planned_and_refuses_what_needs_one()
    {
        Assert.Contains("CREATE TABLE IF NOT EXISTS \"items\"", await _shoal.OkAsync("sync", "plan", "push.json"), StringComparison.Ordinal);
        Assert.Contains("Nothing is missing", await _shoal.OkAsync("sync", "check", "push.json"), StringComparison.Ordinal);
        Assert.Contains("nothing to copy from", (await _shoal.RunAsync("sync", "resync", "push.json", "--all")).Error, StringComparison.Ordinal);
        Assert.Contains("nothing to compare", (await _shoal.RunAsync("sync", "verify", "push.json")).Error, StringComparison.Ordinal);
        Assert.Equal("new", (await StatusAsync()).GetProperty("phase").GetString());
        var open = await _shoal.RunAsync("sync", "run", "push.json", "--listen", "http://0.0.0.0:0");
        Assert.Equal(ExitCode.Usage, open.ExitCode);
        Assert.Contains("--listen-token", open.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_queue_takes_messages_and_applies_them_later()
    {
        await SyncAsync();
        await _shoal.OkAsync("sync", "pause", "push.json");
        Assert.Equal("paused", (await StatusAsync()).GetProperty("phase").GetString());
        await SyncFixture.UntilAsync(async () => (await _http.GetStringAsync("/metrics")).Contains("shoal_sync_queue_up{source=\"push\"} 0\n",
            StringComparison.Ordinal), () => _syncing!.Said);
        using var client = SyncFixture.NewClient(_server);
        Assert.Equal(HttpStatusCode.Accepted, (await PushAsync(Message("a", "upsert", """{"id": 1}"""))).Status);
        Assert.Null(await client.FindDatabaseAsync("a"));
        await _shoal.OkAsync("sync", "resume", "push.json");
        await SyncFixture.UntilAsync(async () => await client.FindDatabaseAsync("a") is not null, () => _syncing!.Said);
    }

    private async Task SyncAsync(params string[] more)
    {
        _syncing?.Dispose();
        _syncing = ShoalProgram.Start(_folder.Root, ["sync", "run", "push.json", "--listen", _listen.ToString(), "--url", _server.ToString(),
            "--token", TestServer.Token, "--account", "acme", .. more]);
        await _syncing.SaysAsync(ReadyText);
    }

    private async Task<JsonElement> StatusAsync() => (await _shoal.JsonAsync("sync", "status", "push.json"))[0];

    /// <summary>Sends messages, each until it is answered.</summary>
    private async Task<List<(string Tenant, long Id)>> PushUntilAsync(int pusher, string[] tenants, CancellationToken stop)
    {
        var answered = new List<(string, long)>();
        for (var push = 0; !stop.IsCancellationRequested; push++)
        {
            var first = (1_000_000L * (pusher + 1)) + (10 * push);
            var tenant = tenants[push % tenants.Length];
            string[] messages = [.. Enumerable.Range(0, 10).Select(index => Message(tenant, "upsert",
                string.Create(CultureInfo.InvariantCulture, $"{{\"id\": {first + index}}}"),
                string.Create(CultureInfo.InvariantCulture, $", \"idempotencyKey\": \"{first + index}\"")))];
            while (true)
            {
                try
                {
                    var (status, _) = await PushAsync(messages);
                    if (status == HttpStatusCode.Accepted)
                    {
                        answered.AddRange(Enumerable.Range(0, 10).Select(index => (tenant, first + index)));
                        break;
                    }

                    Assert.True(status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, status.ToString());
                }
                catch (HttpRequestException)
                {
                    // The process was killed; nobody knows whether it was taken.
                    await Task.Delay(20, CancellationToken.None);
                }
            }
        }

        return answered;
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> PushToAsync(string message, string source) =>
        SendAsync($"/sync/{source}/messages", message);

    private Task<(HttpStatusCode Status, JsonElement Body)> PushAsync(params string[] messages) =>
        SendAsync("/sync/push/messages", $"{{\"messages\": [{string.Join(", ", messages)}]}}");

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(string path, string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using var response = await _http.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default);
    }
}

using System.Text;
using Shoal.Client;
using Shoal.Sync.Configuration;
using Shoal.Sync.Tests.Runs;

namespace Shoal.Sync.Tests.Queue;

/// <summary>A Shoal server, and a push queue in this process that can be stopped and begun again.</summary>
internal sealed class QueueFixture : IAsyncDisposable
{
    private const string Tables = """
        {"table": "items", "key": "id", "columns": {"id": "integer", "name": "text", "amount": "integer", "note": "text"}},
        {"table": "flags", "key": "scope, name", "columns": {"scope": "text", "name": "text", "on": "boolean", "data": "json",
          "seen": "timestamp", "at": "unixMs", "weight": "real", "raw": "blob"}, "indexes": {"flags_on": "\"on\""}}
        """;

    private readonly TestServer _server;
    private readonly string _queue;
    private readonly TimeProvider? _time;
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;

    private QueueFixture(TestServer server, string queue, TimeProvider? time)
    {
        _server = server;
        _queue = queue;
        _time = time;
        Client = SyncFixture.NewClient(server.Address);
        Queue = new SyncQueue(Settings, Client, time: time);
    }

    public ShoalClient Client { get; }

    public SyncQueue Queue { get; private set; }

    public SourceSettings Settings => Read(Configuration(_queue));

    public static string Configuration(string queue) => $$$"""
        {"sources": [{"name": "push", "tenants": {"database": "{tenant}"},
          "queue": {"maxWait": "1ms", "retryDelay": "20ms", "maxRetries": 2{{{queue}}}, "tables": [{{{Tables}}}]}}]}
        """;

    public static SourceSettings Read(string configuration) =>
        SyncConfigurationReader.Read(Encoding.UTF8.GetBytes(configuration), static _ => null).Sources[0];

    public static async Task<QueueFixture> StartAsync(string queue = "", TimeProvider? time = null)
    {
        var fixture = new QueueFixture(await TestServer.StartAsync(), queue, time);
        await fixture.BeginAsync();
        return fixture;
    }

    public async Task BeginAsync()
    {
        _stop = new CancellationTokenSource();
        Queue = new SyncQueue(Settings, Client, time: _time);
        _running = Queue.RunAsync(_stop.Token);
        await (await Task.WhenAny(Queue.Ready, _running)).WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Ends it wherever it is.</summary>
    public async Task StopAsync()
    {
        if (_stop is not null)
        {
            await _stop.CancelAsync();
            await _running.WaitAsync(TimeSpan.FromMinutes(2));
            _stop.Dispose();
            _stop = null;
        }
    }

    public Task<PushReceipt> PushAsync(params IEnumerable<string> messages) =>
        Queue.PushAsync(Encoding.UTF8.GetBytes($"{{\"messages\": [{string.Join(", ", messages)}]}}"), default);

    public static string Message(string tenant, string operation, string data, string more = "", string table = "items") =>
        $$"""{"tenantId": "{{tenant}}", "table": "{{table}}", "operation": "{{operation}}", "data": {{data}}{{more}}}""";

    /// <summary>Waits until nothing waits in the queue.</summary>
    public Task EmptyAsync() => SyncFixture.UntilAsync(async () => Queue.Counters.Waiting <= 0
        && (await Client.Database(Settings.StateDatabase).Prepare("SELECT count(*) FROM queue_messages WHERE due_ms < 9223372036854775807")
            .FirstAsync(static row => row.GetInt64(0))) == 0, () => $"{Queue.Counters.Waiting} messages wait");

    public async Task<IReadOnlyList<string>> RowsAsync(string tenant, string sql) =>
        await Client.Database(tenant).Prepare(sql).AllAsync(static row => string.Join('|',
            Enumerable.Range(0, row.Count).Select(index => row.IsNull(index) ? "NULL"
                : Convert.ToString(row.GetValue(index), System.Globalization.CultureInfo.InvariantCulture))));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Client.Dispose();
        await _server.DisposeAsync();
    }
}

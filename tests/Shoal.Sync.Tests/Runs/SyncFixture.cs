using System.Text;
using Npgsql;
using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Client.Retry;
using Shoal.Sync.Configuration;
using Shoal.Sync.State;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>A PostgreSQL database, a Shoal server, and a sync between them that can be stopped and begun again.</summary>
internal sealed class SyncFixture : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;
    private readonly string _tables;
    private readonly string _account;
    private CancellationTokenSource? _stop;
    private readonly TestServer? _server;
    private readonly TempFolder _folder = new();
    private Task? _running;

    private SyncFixture(PostgresCluster cluster, string database, TestServer? server, string tables, string account)
    {
        _account = account;
        _cluster = cluster;
        _tables = tables;
        _server = server;
        Database = database;
        Address = server?.Address ?? new Uri($"http://127.0.0.1:{FreePort.Next()}");
        Client = NewClient(Address, _account);
        Connection = cluster.Connection(database);
    }

    public string Database { get; }

    public ShoalClient Client { get; }

    /// <summary>Where processes run and the configuration is.</summary>
    public string Folder => _folder.Root;

    /// <summary>The server, when it is a process of its own.</summary>
    public ShoalProgram? ServerProgram { get; private set; }

    /// <summary>Whether the server's process is the sync's, too.</summary>
    private bool ServesSync { get; init; }

    /// <summary>The sync, when it is a process of its own.</summary>
    public ShoalProgram? Program { get; private set; }

    /// <summary>Where the sync finds the server; a proxy can stand in between.</summary>
    public Uri Address { get; set; }

    /// <summary>Where the sync finds PostgreSQL; a proxy can stand in between.</summary>
    public string Connection { get; set; }

    public SyncSource? Source { get; private set; }

    /// <summary>Most that the heap of the sync's process may have; null for as much as there is. Units: bytes.</summary>
    public long? HeapMax { get; set; }

    /// <summary>"from" of "tenants": a query that names tenants, which may have no row; null for none.</summary>
    public string? TenantsQuery { get; set; }

    /// <summary>More settings of the source.</summary>
    public string More { get; set; } = "";

    /// <summary>More settings of "apply".</summary>
    public string Apply { get; set; } = "";

    /// <summary>"queue" or "jobs" with a comma after it, or nothing.</summary>
    public string Queue { get; set; } = "";

    public string Configuration => $$"""
        {"sources": [{"name": "{{Database}}", "connection": "{{Connection}}",
          "tenants": {"database": "{tenant}"{{(TenantsQuery is null ? "" : $", \"from\": \"{TenantsQuery}\"")}}},
          "apply": {"statusInterval": "50ms", "resyncDelay": "200ms", "maxTransactionRows": 1000{{Apply}}},{{Queue}} {{More}}
          "tables": [{{_tables}}]}]}
        """;

    public SourceSettings Settings => SyncConfigurationReader.Read(Encoding.UTF8.GetBytes(Configuration), static _ => null).Sources[0];

    public StateStore Store => new(Client, Settings);

    public static async Task<SyncFixture> CreateAsync(PostgresCluster cluster, string schema, string tables, bool inProcesses = false,
        string account = "acme", bool servesSync = false)
    {
        var database = await cluster.CreateDatabaseAsync();
        await cluster.ExecuteAsync(database, schema);
        var sync = new SyncFixture(cluster, database, inProcesses ? null : await TestServer.StartAsync(), tables, account) { ServesSync = servesSync };
        await File.WriteAllTextAsync(sync.ConfigurationPath, sync.Configuration);
        if (inProcesses)
        {
            await sync.StartServerAsync();
        }

        return sync;
    }

    /// <summary>The configuration as a file.</summary>
    public string ConfigurationPath => _folder.Combine("sync.json");

    /// <summary>Starts the server's process, again on the same data.</summary>
    public async Task StartServerAsync()
    {
        ServerProgram?.Dispose();
        ServerProgram = ShoalProgram.Start(Folder, ["serve", "--data", _folder.Combine("data"), "--urls", Address.ToString(),
            "--token", TestServer.Token, .. ServesSync ? ["--sync", ConfigurationPath] : Array.Empty<string>()]);
        await ServerProgram.SaysAsync("is ready on");
    }

    public static ShoalClient NewClient(Uri address, string account = "acme") => new(new ShoalClientOptions
    {
        Address = address,
        Account = account,
        Token = TestServer.Token,
        Retry = new RetryOptions { Delay = TimeSpan.FromMilliseconds(5), DelayMax = TimeSpan.FromMilliseconds(50), AttemptsMax = 2 },
    });

    public Task ExecuteAsync(string sql) => _cluster.ExecuteAsync(Database, sql);

    /// <summary>Begins a run and waits until it streams.</summary>
    public async Task StartAsync()
    {
        if (_server is null)
        {
            Program?.Dispose();
            Program = ShoalProgram.Start(Folder, HeapMax, "sync", "run", ConfigurationPath, "--listen", "http://127.0.0.1:0",
                "--url", Address.ToString(), "--token", TestServer.Token, "--account", "acme");
            return;
        }

        Begin();
        var first = await Task.WhenAny(Source!.Ready, _running!).WaitAsync(TimeSpan.FromMinutes(4));
        await first;
    }

    public void Begin()
    {
        _stop = new CancellationTokenSource();
        var client = NewClient(Address, _account);
        var settings = Settings;
        var queue = settings.Queue is null ? null : new SyncQueue(settings, client);
        Source = new SyncSource(settings, client, queue: queue);
        var source = Source;
        var stop = _stop.Token;
        _running = Task.Run(async () =>
        {
            using (client)
            {
                await Task.WhenAll(source.RunAsync(stop), queue?.RunAsync(stop) ?? Task.CompletedTask);
            }
        });
    }

    /// <summary>Ends a run wherever it is: requests are cut off, nothing is confirmed any more.</summary>
    public async Task StopAsync()
    {
        if (_stop is not null)
        {
            await _stop.CancelAsync();
            await (_running ?? Task.CompletedTask).WaitAsync(TimeSpan.FromMinutes(2));
            _stop.Dispose();
            _stop = null;
        }
    }

    /// <summary>The failure that ended the run.</summary>
    public Task FailureAsync() => _running!.WaitAsync(TimeSpan.FromMinutes(2));

    /// <summary>Waits until all that has been committed so far is durable at the tenants.</summary>
    public async Task CaughtUpAsync()
    {
        await using var connection = new NpgsqlConnection(_cluster.Connection(Database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8", connection);
        var position = (ulong)(long)(await command.ExecuteScalarAsync())!;
        await UntilAsync(async () => await ConfirmedAsync() >= position, () => $"wanted {position}, confirmed {Source?.Confirmed}: {Describe()}");

        // Tenants that are being copied are not in that.
        await UntilAsync(async () => (await Store.ListTenantsAsync(default)).All(static one => one.Status != "needsResync"),
            () => $"a tenant still needs a copy: {Describe()}");
    }

    private string Describe() => Source is not { } source ? $"{Program?.Said}{(ServesSync ? ServerProgram?.Said : "")}" : $"streams {source.IsStreaming}, pending {source.PendingRows}, "
        + $"states {string.Join(' ', source.TenantStates)}, copies {source.Counters.Resyncs}, waits {source.CommitWaits}, "
        + $"reconnects {source.Counters.Reconnects}";

    private async Task<ulong> ConfirmedAsync()
    {
        if (Source is { } source)
        {
            return source.Confirmed;
        }

        try
        {
            return (await Store.FindSourceAsync(default))?.ConfirmedLsn ?? 0;
        }
        catch (ShoalException error) when (error.IsTransient || error.Kind is ShoalErrorKind.DatabaseNotFound or ShoalErrorKind.Sql)
        {
            // Not there yet, or the server is just starting.
            return 0;
        }
    }

    /// <summary>PostgreSQL takes a moment to see that its reader has gone.</summary>
    public Task SlotIsFreeAsync() => UntilAsync(async () => (await SourceRowsAsync(
        $"SELECT active FROM pg_replication_slots WHERE slot_name = '{Settings.Slot}'")).SequenceEqual(["False"]), () => "the slot is in use");

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> describe)
    {
        var deadline = Environment.TickCount64 + 300_000;
        while (!await condition())
        {
            Assert.True(Environment.TickCount64 < deadline, describe());
            await Task.Delay(20);
        }
    }

    /// <summary>Rows of a tenant as texts, columns joined by a bar.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string tenant, string sql) =>
        await Client.Database(tenant).Prepare(sql).AllAsync(Text);

    public async Task<IReadOnlyList<string>> SourceRowsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_cluster.Connection(Database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(index =>
                reader.IsDBNull(index) ? "NULL" : Convert.ToString(reader.GetValue(index), System.Globalization.CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    private static string Text(Client.Rows.RowReader row) => string.Join('|', Enumerable.Range(0, row.Count).Select(index =>
        row.GetValue(index) switch
        {
            null => "NULL",
            byte[] blob => Convert.ToHexStringLower(blob),
            var value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
        }));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Program?.Dispose();
        Client.Dispose();
        ServerProgram?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }
}

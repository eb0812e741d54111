using Shoal.Sync.Tests.Postgres;
using Shoal.Sync.Tests.Runs;

#pragma warning disable CA5394 // reproducible on purpose

namespace Shoal.Sync.Tests.Queue;

/// <summary>
/// Goal: messages that are written into a transaction of PostgreSQL arrive once, in order, if it commits. Method: a real PostgreSQL,
/// a real server, the tenant's own triggers as witnesses.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class OutboxTests(PostgresCluster cluster, ITestOutputHelper output)
{
    private const string Queue = """
         "queue": {"maxWait": "1ms", "retryDelay": "20ms", "maxRetries": 1, "tables": [{"table": "items", "key": "id", "columns": {"id": "integer", "name": "text"}}]},
        """;

    private const string Outside = """
        CREATE FUNCTION push(tenant text, operation text, id int, name text) RETURNS pg_lsn LANGUAGE sql AS $$
          SELECT pg_logical_emit_message(true, 'shoal', json_build_object('tenantId', tenant, 'table', 'items', 'operation', operation,
            'data', CASE operation WHEN 'delete' THEN json_build_object('id', id) ELSE json_build_object('id', id, 'name', name) END)::text) $$;
        """;

    [Fact]
    public async Task Messages_of_a_transaction_arrive_if_it_commits_in_the_order_of_commits()
    {
        await using var sync = await CreateAsync();
        await sync.StartAsync();
        await sync.ExecuteAsync("BEGIN; SELECT push('t1', 'insert', 1, 'one'); SELECT push('t2', 'insert', 1, 'other'); COMMIT");
        await sync.ExecuteAsync("BEGIN; SELECT push('t1', 'insert', 2, 'never'); ROLLBACK");
        await sync.ExecuteAsync("BEGIN; SAVEPOINT s; SELECT push('t1', 'insert', 3, 'never'); ROLLBACK TO s; SELECT push('t1', 'update', 1, 'two'); COMMIT");
        await sync.ExecuteAsync("SELECT push('t2', 'delete', 1, '')");
        await sync.ExecuteAsync("SELECT pg_logical_emit_message(true, 'somebody else', 'not for us')");
        await SettledAsync(sync);
        Assert.Equal(["1|two"], await sync.RowsAsync("t1", "SELECT * FROM items"));
        Assert.Empty(await sync.RowsAsync("t2", "SELECT * FROM items"));
        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
    }

    [Fact]
    public async Task A_message_arrives_after_the_rows_of_its_transaction()
    {
        await using var sync = await CreateAsync();
        await sync.StartAsync();
        await sync.ExecuteAsync("INSERT INTO products VALUES (1000, 't1', 'x', 0, NULL); SELECT push('t1', 'insert', 0, 'first')");
        await SettledAsync(sync);
        await sync.Client.Database("t1").ExecAsync("CREATE TABLE seen(id INTEGER, there INTEGER); CREATE TRIGGER look AFTER INSERT ON items BEGIN "
            + "INSERT INTO seen VALUES (new.id, (SELECT count(*) FROM products WHERE id = new.id + 1000)); END");
        for (var id = 1; id <= 50; id++)
        {
            await sync.ExecuteAsync($"BEGIN; SELECT push('t1', 'insert', {id}, 'n'); INSERT INTO products VALUES ({1000 + id}, 't1', 'n', 0, NULL); COMMIT");
        }

        await SettledAsync(sync);
        Assert.Equal(["50|50"], await sync.RowsAsync("t1", "SELECT count(*), sum(there) FROM seen"));
    }

    [Fact]
    public async Task The_guide_s_examples_work()
    {
        await using var sync = await CreateAsync();
        sync.Queue = Queue.Replace("\"items\"", "\"feature_flags\"", StringComparison.Ordinal).Replace("\"id\": \"integer\"", "\"enabled\": \"boolean\"", StringComparison.Ordinal)
            .Replace("\"id\"", "\"name\"", StringComparison.Ordinal);
        await sync.StartAsync();
        await sync.ExecuteAsync(Assert.Single(GuideExample.Blocks("sql")));
        await SettledAsync(sync);
        Assert.Equal(["new-prices|1"], await sync.RowsAsync("t1", "SELECT name, enabled FROM feature_flags"));
        await using var connection = new Npgsql.NpgsqlConnection(sync.Connection);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await GuideExample.EmitAsync(connection, transaction);
        await transaction.CommitAsync();
        await SettledAsync(sync);
        Assert.Empty(await sync.RowsAsync("t1", "SELECT * FROM feature_flags"));
    }

    [Fact]
    public async Task What_is_no_message_is_a_dead_letter_and_the_rest_goes_on()
    {
        await using var sync = await CreateAsync();
        await sync.StartAsync();
        await sync.ExecuteAsync("BEGIN; SELECT pg_logical_emit_message(true, 'shoal', 'no json'); SELECT push('t1', 'insert', 1, 'x'); COMMIT");
        await sync.ExecuteAsync("SELECT push('t1', 'replace', 1, 'x')");
        await sync.ExecuteAsync("SELECT pg_logical_emit_message(false, 'shoal', '{\"tenantId\": \"t1\"}')");
        await SettledAsync(sync);
        await SyncFixture.UntilAsync(async () => (await sync.Store.ListDeadLettersAsync(10, default)).Count == 3, () => "not three");
        var letters = await sync.Store.ListDeadLettersAsync(10, default);
        Assert.All(letters, static letter => Assert.Equal(("", "outbox"), (letter.Tenant, letter.Operation)));
        Assert.Contains(letters, static letter => letter.Key == "no json" && letter.Error.Contains("not JSON", StringComparison.Ordinal));
        Assert.Contains(letters, static letter => letter.Error.Contains("pg_logical_emit_message(true", StringComparison.Ordinal));
        Assert.Equal(["1|x"], await sync.RowsAsync("t1", "SELECT * FROM items"));
        Assert.Equal(3, await new SyncInspector(sync.Settings).SettleDeadLettersAsync(sync.Client, null, null, default));
        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
    }

    [Fact]
    public async Task Messages_arrive_once_though_the_sync_and_PostgreSQL_are_stopped_again_and_again()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var own = new PostgresCluster();
        await own.InitializeAsync();
        await using var sync = await CreateAsync(own);
        await sync.StartAsync();
        string[] tenants = ["t0", "t1", "t2"];
        await sync.ExecuteAsync("SELECT push('t' || i, 'insert', 0, 'first') FROM generate_series(0, 2) i");
        await SettledAsync(sync);
        foreach (var tenant in tenants)
        {
            await sync.Client.Database(tenant).ExecAsync(QueueTests.AppliedTriggers);
        }

        using var stop = new CancellationTokenSource();
        var writing = WriteAsync(sync, random.Next(), stop.Token);
        for (var round = 0; round < 6; round++)
        {
            await Task.Delay(random.Next(100, 400));
            if (round % 2 == 0)
            {
                await sync.StopAsync();
                await sync.StartAsync();
            }
            else
            {
                await own.StopImmediatelyAsync();
                await own.StartAsync();
            }
        }

        await stop.CancelAsync();
        var committed = await writing;
        await SettledAsync(sync);
        Assert.True(committed > 0);
        var written = await sync.SourceRowsAsync("SELECT tenant || '|' || id FROM written ORDER BY 1");
        var applied = new List<string>();
        foreach (var tenant in tenants)
        {
            applied.AddRange((await sync.RowsAsync(tenant, "SELECT id FROM applied")).Select(id => $"{tenant}|{id}"));
        }

        Assert.Equal(written, applied.Order(StringComparer.Ordinal));
        output.WriteLine($"{committed} transactions, {written.Count} messages");
    }

    /// <summary>Transactions that note in a table what they push.</summary>
    private static async Task<int> WriteAsync(SyncFixture sync, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        var committed = 0;
        for (var id = 1; !stop.IsCancellationRequested; id++)
        {
            var tenant = $"t{random.Next(3)}";
            var end = random.Next(4) == 0 ? "ROLLBACK" : "COMMIT";
            try
            {
                await sync.ExecuteAsync($"BEGIN; SELECT push('{tenant}', 'upsert', {id}, 'n'); INSERT INTO written VALUES ('{tenant}', {id}); "
                    + $"UPDATE products SET price = price + 1 WHERE id = {random.Next(1, 20)}; {end}");
                committed++;
                await Task.Delay(5, CancellationToken.None);
            }
            catch (Npgsql.NpgsqlException)
            {
                // PostgreSQL is being stopped.
                await Task.Delay(20, CancellationToken.None);
            }
        }

        return committed;
    }

    private Task<SyncFixture> CreateAsync() => CreateAsync(cluster);

    private static async Task<SyncFixture> CreateAsync(PostgresCluster cluster)
    {
        var sync = await SyncFixture.CreateAsync(cluster, ShopWorkload.Schema + Outside + "CREATE TABLE written(tenant text, id int);", ShopWorkload.Tables);
        sync.Queue = Queue;
        return sync;
    }

    /// <summary>Waits until all that was committed is in the queue, and nothing waits there.</summary>
    private static async Task SettledAsync(SyncFixture sync)
    {
        await sync.CaughtUpAsync();
        await SyncFixture.UntilAsync(async () => (await sync.RowsAsync(sync.Settings.StateDatabase,
            "SELECT 1 FROM queue_messages WHERE due_ms < 9223372036854775807")).Count == 0, () => "messages wait");
    }
}

using Shoal.Sync.Tests.Runs;
using static Shoal.Sync.Tests.Queue.QueueFixture;

namespace Shoal.Sync.Tests.Queue;

/// <summary>Goal: what is pushed arrives as it should. Method: a real server, the real queue, full comparison.</summary>
public sealed class QueueTests
{
    [Fact]
    public async Task Messages_arrive_at_their_tenants_in_order()
    {
        await using var queue = await StartAsync();
        Assert.True(queue.Queue.IsRunning, "it is ready, and does not run");
        var receipt = await queue.PushAsync(
            Message("a", "insert", """{"id": 1, "name": "one", "amount": 1}"""),
            Message("b", "insert", """{"id": 1, "name": "other"}"""),
            Message("a", "update", """{"id": 1, "amount": 2}"""),
            Message("a", "upsert", """{"id": 2, "name": "two", "amount": 9007199254740993}"""),
            Message("a", "insert", """{"id": 3}"""),
            Message("a", "delete", """{"id": 3}"""),
            Message("a", "update", """{"id": 3, "name": "gone"}"""),
            Message("a", "update", """{"id": 4, "name": "never there"}"""));
        Assert.Equal((8, 0), (receipt.Accepted, receipt.Duplicates));
        await queue.EmptyAsync();
        Assert.Equal(["1|one|2|NULL", "2|two|9007199254740993|NULL"], await queue.RowsAsync("a", "SELECT * FROM items ORDER BY id"));
        Assert.Equal(["1|other|NULL|NULL"], await queue.RowsAsync("b", "SELECT * FROM items"));
    }

    [Fact]
    public async Task An_upsert_is_the_whole_row_and_an_update_only_what_it_names()
    {
        await using var queue = await StartAsync();
        await queue.PushAsync(Message("a", "upsert", """{"id": 1, "name": "x", "amount": 1}"""), Message("a", "upsert", """{"id": 2, "name": "x", "amount": 1}"""));
        await queue.EmptyAsync();
        await queue.PushAsync(Message("a", "upsert", """{"id": 1, "amount": 2}"""), Message("a", "update", """{"id": 2, "amount": null}"""));
        await queue.EmptyAsync();
        Assert.Equal(["1|NULL|2", "2|x|NULL"], await queue.RowsAsync("a", "SELECT id, name, amount FROM items ORDER BY id"));
    }

    [Fact]
    public async Task Values_are_stored_as_the_configuration_says()
    {
        await using var queue = await StartAsync();
        await queue.PushAsync(Message("a", "upsert", """
            {"scope": "s", "name": "n", "on": true, "data": {"k": [1, 2.50]}, "seen": "2026-01-02T04:04:05.5+01:00",
             "at": "1970-01-01T00:00:01Z", "weight": 1.5, "raw": "AQID"}
            """, table: "flags"));
        await queue.EmptyAsync();
        Assert.Equal(["""s|n|1|{"k": [1, 2.50]}|2026-01-02T03:04:05.500000Z|1000|1.5|010203"""],
            await queue.RowsAsync("a", """SELECT scope, name, "on", data, seen, at, weight, lower(hex(raw)) FROM flags"""));
        Assert.Equal(["flags_on"], await queue.RowsAsync("a", "SELECT name FROM sqlite_master WHERE name = 'flags_on'"));
    }

    [Fact]
    public async Task An_older_version_is_never_applied_over_a_newer_one_also_after_a_deletion_and_a_restart()
    {
        await using var queue = await StartAsync();
        await queue.PushAsync(Message("a", "upsert", """{"id": 1, "name": "v2"}""", ", \"version\": 2"));
        await queue.PushAsync(Message("a", "delete", """{"id": 2}""", ", \"version\": 5"));
        await queue.EmptyAsync();
        await queue.StopAsync();
        await queue.BeginAsync();
        await queue.PushAsync(Message("a", "upsert", """{"id": 1, "name": "v1"}""", ", \"version\": 1"),
            Message("a", "upsert", """{"id": 1, "name": "v2 again"}""", ", \"version\": 2"),
            Message("a", "upsert", """{"id": 2, "name": "v4"}""", ", \"version\": 4"));
        await queue.EmptyAsync();
        Assert.Equal(["1|v2"], await queue.RowsAsync("a", "SELECT id, name FROM items"));
        Assert.Equal(3, queue.Queue.Counters.Obsolete);
        await queue.PushAsync(Message("a", "upsert", """{"id": 2, "name": "v6"}""", ", \"version\": 6"));
        await queue.EmptyAsync();
        Assert.Equal(["1|v2", "2|v6"], await queue.RowsAsync("a", "SELECT id, name FROM items ORDER BY id"));
    }

    [Fact]
    public async Task A_key_that_is_known_is_taken_once_for_a_time()
    {
        var time = new FakeClock();
        await using var queue = await StartAsync(", \"rememberKeys\": \"1h\"", time);
        var once = Message("a", "upsert", """{"id": 1, "name": "x"}""", ", \"idempotencyKey\": \"k\"");
        Assert.Equal((1, 1), await ReceiptAsync(queue, once, once));
        Assert.Equal((0, 1), await ReceiptAsync(queue, once));
        Assert.Equal((1, 0), await ReceiptAsync(queue, once.Replace("\"a\"", "\"b\"", StringComparison.Ordinal)));
        time.Advance(TimeSpan.FromHours(1.1));
        await queue.StopAsync();
        await queue.BeginAsync();
        await SyncFixture.UntilAsync(async () => (await queue.RowsAsync("sync-push", "SELECT * FROM queue_keys")).Count == 0, () => "still known");
        Assert.Equal((1, 0), await ReceiptAsync(queue, once));
    }

    [Fact]
    public async Task Versions_of_deleted_rows_are_forgotten_after_a_time_and_those_of_others_are_not()
    {
        var time = new FakeClock();
        await using var queue = await StartAsync(", \"rememberDeleted\": \"24h\"", time);
        await queue.PushAsync(Message("a", "delete", """{"id": 1}""", ", \"version\": 5"), Message("a", "upsert", """{"id": 2}""", ", \"version\": 5"),
            Message("a", "upsert", """{"id": 3}"""));
        await queue.EmptyAsync();
        Assert.Equal(["1", "2", "3"], await queue.RowsAsync("a", "SELECT key FROM _sync_versions ORDER BY key"));
        time.Advance(TimeSpan.FromHours(25));
        await queue.PushAsync(Message("a", "upsert", """{"id": 4}"""));
        await queue.EmptyAsync();
        Assert.Equal(["2", "4"], await queue.RowsAsync("a", "SELECT key FROM _sync_versions ORDER BY key"));
    }

    [Fact]
    public async Task A_message_waits_for_its_delay_and_keeps_its_place_in_the_order()
    {
        var time = new FakeClock();
        await using var queue = await StartAsync(time: time);
        await queue.PushAsync(Message("a", "upsert", """{"id": 1, "name": "late"}""", ", \"delaySeconds\": 60"),
            Message("a", "upsert", """{"id": 2, "name": "late"}""", ", \"delaySeconds\": 60"));
        await queue.PushAsync(Message("a", "upsert", """{"id": 2, "name": "after it"}"""));
        await SyncFixture.UntilAsync(() => Task.FromResult(queue.Queue.Counters.Applied == 1), () => "not applied");
        Assert.Equal(["2|after it"], await queue.RowsAsync("a", "SELECT id, name FROM items"));
        time.Advance(TimeSpan.FromSeconds(61));
        await queue.EmptyAsync();
        Assert.Equal(["1|late", "2|after it"], await queue.RowsAsync("a", "SELECT id, name FROM items ORDER BY id"));
    }

    [Fact]
    public async Task A_refused_message_is_tried_again_and_then_put_aside_while_the_others_go_on()
    {
        await using var queue = await StartAsync();
        await queue.PushAsync(Message("a", "upsert", """{"id": 1, "name": "first"}"""));
        await queue.EmptyAsync();
        await queue.Client.Database("a").ExecAsync("CREATE TRIGGER no BEFORE INSERT ON items WHEN new.id = 13 BEGIN SELECT RAISE(ABORT, 'unlucky'); END");
        await queue.PushAsync(Enumerable.Range(10, 8).Select(id => Message(id % 2 == 0 ? "b" : "a", "upsert", $$"""{"id": {{id}}}""")));
        await queue.EmptyAsync();
        Assert.Equal(["1", "11", "15", "17"], await queue.RowsAsync("a", "SELECT id FROM items ORDER BY id"));
        Assert.Equal(["10", "12", "14", "16"], await queue.RowsAsync("b", "SELECT id FROM items ORDER BY id"));
        await SyncFixture.UntilAsync(() => Task.FromResult(queue.Queue.Counters is { Retries: 2, DeadLetters: 1, Dead: 1 }),
            () => $"{queue.Queue.Counters.Retries} tried again, {queue.Queue.Counters.DeadLetters} given up, {queue.Queue.Counters.Dead} wait");
        var inspector = new SyncInspector(queue.Settings);
        var letter = Assert.Single(await inspector.DeadLettersAsync(queue.Client, 10, default));
        Assert.Equal(("a", "items", "upsert", "13"), (letter.Tenant, letter.Table, letter.Operation, letter.Key));
        Assert.Contains("unlucky", letter.Error, StringComparison.Ordinal);
        Assert.Equal("degraded", (await inspector.StatusAsync(queue.Client, default)).Tenants[0].Status);

        await queue.Client.Database("a").ExecAsync("DROP TRIGGER no");
        Assert.Equal(0, await inspector.SettleDeadLettersAsync(queue.Client, [letter.Id + 1], TimeSpan.Zero, default));
        Assert.Equal(1, await inspector.SettleDeadLettersAsync(queue.Client, [letter.Id], TimeSpan.Zero, default));
        await queue.EmptyAsync();
        Assert.Contains("13", await queue.RowsAsync("a", "SELECT id FROM items"));
        Assert.Empty(await inspector.DeadLettersAsync(queue.Client, 10, default));
        Assert.Equal("streaming", (await inspector.StatusAsync(queue.Client, default)).Tenants[0].Status);
    }

    [Fact]
    public async Task A_dead_letter_that_is_let_go_of_is_gone()
    {
        await using var queue = await StartAsync(", \"maxDepth\": 3");
        await queue.PushAsync(Message("a", "upsert", """{"id": 1}"""));
        await queue.EmptyAsync();
        await queue.Client.Database("a").ExecAsync("CREATE TRIGGER no BEFORE INSERT ON items BEGIN SELECT RAISE(ABORT, 'never'); END");
        await queue.PushAsync(Enumerable.Range(2, 3).Select(id => Message("a", "upsert", $$"""{"id": {{id}}}""")));
        await queue.EmptyAsync();
        await SyncFixture.UntilAsync(() => Task.FromResult(queue.Queue.Counters.Dead == 3), () => "not counted");
        await Assert.ThrowsAsync<QueueFullException>(() => queue.PushAsync(Message("b", "upsert", """{"id": 1}""")));
        var inspector = new SyncInspector(queue.Settings);
        Assert.Equal(3, await inspector.SettleDeadLettersAsync(queue.Client, null, null, default));
        Assert.Empty(await inspector.DeadLettersAsync(queue.Client, 10, default));
        Assert.Empty(await queue.RowsAsync("sync-push", "SELECT * FROM queue_messages"));
        await SyncFixture.UntilAsync(() => Task.FromResult(queue.Queue.Counters.Dead == 0), () => "still counted");
        await queue.PushAsync(Message("b", "upsert", """{"id": 1}"""));
        await queue.EmptyAsync();
        Assert.Equal(["1"], await queue.RowsAsync("b", "SELECT id FROM items"));
    }

    [Fact]
    public async Task A_request_that_is_wrong_somewhere_is_not_taken_at_all()
    {
        await using var queue = await StartAsync();
        var error = await Assert.ThrowsAsync<MessageRefusedException>(() => queue.PushAsync(
            Message("a", "upsert", """{"id": 1}"""), Message("a", "upsert", """{"id": 2, "nam": "x"}""")));
        Assert.Equal(1, error.Index);
        Assert.Contains("\"nam\"", error.Message, StringComparison.Ordinal);
        Assert.Empty(await queue.RowsAsync("sync-push", "SELECT * FROM queue_messages"));
    }

    [Fact]
    public async Task A_tenant_whose_database_was_deleted_gets_a_new_one()
    {
        await using var queue = await StartAsync();
        await queue.PushAsync(Message("a", "upsert", """{"id": 1}"""));
        await queue.EmptyAsync();
        await queue.Client.DeleteDatabaseAsync("a");
        await queue.PushAsync(Message("a", "upsert", """{"id": 2}"""));
        await queue.EmptyAsync();
        Assert.Equal(["2"], await queue.RowsAsync("a", "SELECT id FROM items"));
    }

    [Fact]
    public async Task A_column_that_the_configuration_has_since_then_is_added()
    {
        await using var queue = await StartAsync();
        await queue.Client.Database("a", createIfMissing: true).ExecAsync("CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT) STRICT; INSERT INTO items VALUES (1, 'old')");
        await queue.PushAsync(Message("a", "upsert", """{"id": 2, "note": "new"}"""));
        await queue.EmptyAsync();
        Assert.Equal(["1|old|NULL", "2|NULL|new"], await queue.RowsAsync("a", "SELECT id, name, note FROM items ORDER BY id"));
    }

    [Fact]
    public async Task Two_processes_that_consume_one_queue_apply_each_message_once()
    {
        await using var queue = await StartAsync();
        await queue.PushAsync(Message("a", "upsert", """{"id": 0}"""));
        await queue.EmptyAsync();
        await queue.Client.Database("a").ExecAsync(AppliedTriggers);
        using var stop = new CancellationTokenSource();
        var other = new SyncQueue(queue.Settings, queue.Client);
        var running = other.RunAsync(stop.Token);
        await other.Ready;
        for (var from = 1; from <= 1000; from += 50)
        {
            await queue.PushAsync(Enumerable.Range(from, 50).Select(id => Message("a", "upsert", $$"""{"id": {{id}}}""")));
        }

        await queue.EmptyAsync();
        await stop.CancelAsync();
        await running;
        Assert.Equal(["1000|1000"], await queue.RowsAsync("a", "SELECT count(*), count(DISTINCT id) FROM applied"));
    }

    /// <summary>Notes every time that a row is written.</summary>
    internal const string AppliedTriggers = """
        CREATE TABLE applied(id INTEGER NOT NULL);
        CREATE TRIGGER applied_insert AFTER INSERT ON items BEGIN INSERT INTO applied VALUES (new.id); END;
        CREATE TRIGGER applied_update AFTER UPDATE ON items BEGIN INSERT INTO applied VALUES (new.id); END;
        """;

    private static async Task<(int Accepted, int Duplicates)> ReceiptAsync(QueueFixture queue, params string[] messages)
    {
        var receipt = await queue.PushAsync(messages);
        return (receipt.Accepted, receipt.Duplicates);
    }
}

using System.Globalization;
using Shoal.Sync.Tests.Runs;
using static Shoal.Sync.Tests.Queue.QueueFixture;

#pragma warning disable CA5394 // reproducible on purpose

namespace Shoal.Sync.Tests.Queue;

/// <summary>
/// Goal: however messages are mixed up, doubled and interrupted, rows end as the versions say. Method: changes of random rows with
/// rising versions are pushed in random order, some twice, some with an idempotency key, by several pushers, while the queue is
/// stopped and begun again; then rows are compared with a model that knows only the newest version of each row. The seed is printed.
/// </summary>
public sealed class QueueModelTests(ITestOutputHelper output)
{
    private const int Tenants = 5;
    private const int Rows = 12;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Rows_end_as_their_newest_versions_say(int round)
    {
        var seed = Environment.TickCount + round;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var model = new Dictionary<(string Tenant, int Id), (long Version, string? Row)>();
        var messages = new List<string>();
        for (var version = 1L; version <= 600; version++)
        {
            var (tenant, id) = ($"t{random.Next(Tenants)}", random.Next(Rows));
            var deletes = random.Next(4) == 0;
            model[(tenant, id)] = (version, deletes ? null : $"{id}|v{version}|{version}");
            var key = random.Next(3) == 0 ? $", \"idempotencyKey\": \"{version}\"" : "";
            var message = Message(tenant, deletes ? "delete" : random.Next(2) == 0 ? "upsert" : "insert",
                deletes ? $$"""{"id": {{id}}}""" : $$"""{"id": {{id}}, "name": "v{{version}}", "amount": {{version}}}""",
                string.Create(CultureInfo.InvariantCulture, $", \"version\": {version}{key}"));
            messages.Add(message);
            if (random.Next(3) == 0)
            {
                messages.Add(message);
            }
        }

        var order = messages.ToArray();
        random.Shuffle(order);
        await using var queue = await StartAsync(", \"maxBatch\": 7");
        for (var from = 0; from < order.Length;)
        {
            var pushes = new List<string[]>();
            for (var push = 0; push < 4 && from < order.Length; push++)
            {
                var to = Math.Min(order.Length, from + random.Next(1, 30));
                pushes.Add(order[from..to]);
                from = to;
            }

            await Task.WhenAll(pushes.Select(push => queue.PushAsync(push)));
            if (random.Next(4) == 0)
            {
                await queue.StopAsync();
                await queue.BeginAsync();
            }
        }

        await queue.EmptyAsync();
        Assert.Empty(await new SyncInspector(queue.Settings).DeadLettersAsync(queue.Client, 10, default));
        for (var tenant = 0; tenant < Tenants; tenant++)
        {
            var expected = model.Where(one => one.Key.Tenant == $"t{tenant}" && one.Value.Row is not null).OrderBy(static one => one.Key.Id)
                .Select(static one => one.Value.Row!);
            Assert.Equal(expected, await queue.RowsAsync($"t{tenant}", "SELECT id, name, amount FROM items ORDER BY id"));
        }
    }

    /// <summary>
    /// Goal: without versions, rows end as the last message pushed says, and partial updates add up. Method: one pusher per tenant, a
    /// model that does what the messages say in their order, restarts in between.
    /// </summary>
    [Fact]
    public async Task Without_versions_rows_end_as_the_order_of_arrival_says()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await using var queue = await StartAsync(", \"maxBatch\": 5");
        var models = await Task.WhenAll(Enumerable.Range(0, Tenants).Select(tenant => PushAsync(queue, $"t{tenant}", new Random(seed + tenant))));
        await queue.EmptyAsync();
        for (var tenant = 0; tenant < Tenants; tenant++)
        {
            Assert.Equal(models[tenant].OrderBy(static one => one.Key).Select(static one => $"{one.Key}|{one.Value.Name}|{one.Value.Amount}"),
                await queue.RowsAsync($"t{tenant}", "SELECT id, name, amount FROM items ORDER BY id"));
        }
    }

    private static async Task<Dictionary<int, (string Name, string Amount)>> PushAsync(QueueFixture queue, string tenant, Random random)
    {
        var model = new Dictionary<int, (string Name, string Amount)>();
        for (var push = 0; push < 30; push++)
        {
            var messages = new List<string>();
            for (var message = random.Next(1, 10); message > 0; message--)
            {
                var id = random.Next(Rows);
                var value = random.Next(1000).ToString(CultureInfo.InvariantCulture);
                switch (random.Next(4))
                {
                    case 0:
                        model.Remove(id);
                        messages.Add(Message(tenant, "delete", $$"""{"id": {{id}}}"""));
                        break;
                    case 1:
                        if (model.TryGetValue(id, out var row))
                        {
                            model[id] = row with { Amount = value };
                        }

                        messages.Add(Message(tenant, "update", $$"""{"id": {{id}}, "amount": {{value}}}"""));
                        break;
                    case 2:
                        model[id] = ("NULL", value);
                        messages.Add(Message(tenant, "upsert", $$"""{"id": {{id}}, "amount": {{value}}}"""));
                        break;
                    default:
                        model[id] = ("n" + value, "NULL");
                        messages.Add(Message(tenant, "insert", $$"""{"id": {{id}}, "name": "n{{value}}"}"""));
                        break;
                }
            }

            await queue.PushAsync(messages);
        }

        return model;
    }
}

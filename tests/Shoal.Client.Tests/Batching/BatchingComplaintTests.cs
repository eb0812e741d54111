using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Client.Tests.Batching;

/// <summary>
/// Goal: what users of other bulk writers complain about does not happen here; docs/reference/batching-bar.md tells each. Method: a
/// real server behind a gate, and a clock that stands still.
/// </summary>
public sealed class BatchingComplaintTests
{
    private static readonly TableMap<Item> Map = WriterFixture.Map;

    private static WriteBufferOptions<Item> Options { get; } = new()
    {
        Linger = TimeSpan.FromSeconds(10), LingerJitter = TimeSpan.Zero, Retry = WriterFixture.Quick,
        Breaker = new BreakerOptions { DatabaseFailuresMax = 0, FailuresMax = 0 },
    };

    [Fact]
    public async Task Complaint_01_No_item_is_lost_when_the_flush_of_a_full_buffer_fails()
    {
        await using var test = await WriterFixture.StartAsync();
        var refusals = 6;
        test.Gate.Refuse = (_, _) => refusals-- > 0 ? HttpStatusCode.ServiceUnavailable : null;
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 5, BufferedRowsMax = 5, Retry = WriterFixture.Quick with { AttemptsMax = 50 } });
        foreach (var item in Items(50))
        {
            await buffer.AddAsync(item);
        }

        Assert.True((await buffer.FlushAsync()).IsComplete);
        Assert.Equal(Enumerable.Range(0, 50).Select(id => (long)id), await test.IdsAsync());
    }

    [Fact]
    public async Task Complaint_02_An_error_of_a_whole_batch_tells_which_items_it_was()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Refuse = (_, _) => HttpStatusCode.Unauthorized;
        var failed = new ConcurrentQueue<FailedItem<Item>>();
        await using var buffer = Buffer(test, Options with
        {
            Failed = items =>
            {
                foreach (var item in items)
                {
                    failed.Enqueue(item);
                }
            },
        });
        foreach (var item in Items(7))
        {
            await buffer.AddAsync(item);
        }

        Assert.Equal(7, (await buffer.FlushAsync()).NotApplied);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], failed.Select(item => item.Item.Id));
        Assert.All(failed, item => Assert.Equal(ShoalErrorKind.Unauthorized, item.Error.Kind));
    }

    [Fact]
    public async Task Complaint_04_The_buffer_is_not_cleared_while_items_are_unsent()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 2 });
        foreach (var item in Items(3))
        {
            await buffer.AddAsync(item);
        }

        await test.Gate.WhenInFlightAsync(1);
        Assert.Equal(3, buffer.Stats.BufferedRows);
        await buffer.AddAsync(3);
        Assert.Equal(4, buffer.Stats.BufferedRows);
        test.Gate.Release();
        await buffer.FlushAsync();
        Assert.Equal([0, 1, 2, 3], await test.IdsAsync());
    }

    [Fact]
    public async Task Complaint_05_Between_two_attempts_there_is_a_wait_and_it_grows_up_to_its_bound()
    {
        var clock = new WatchedClock();
        await using var test = await WriterFixture.StartAsync(clock);
        test.Gate.Refuse = (_, _) => HttpStatusCode.TooManyRequests;
        var policy = new Retry.RetryOptions { AttemptsMax = 6, Delay = TimeSpan.FromSeconds(1), DelayMax = TimeSpan.FromSeconds(4), JitterSeed = 7 };
        var expected = new Retry.RetryPolicy(policy);
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 1, Retry = policy });
        var result = buffer.WriteAsync(1);
        var error = new ShoalException(ShoalErrorKind.Overloaded, "busy");
        for (var attempt = 1; attempt < 6; attempt++)
        {
            Assert.True(expected.TryNext(error, repeatable: true, attempt, TimeSpan.Zero, out var wait));
            Assert.InRange(wait.TotalSeconds, 0, Math.Min(4, Math.Pow(2, attempt - 1)));

            // A wait has whole milliseconds.
            await clock.WhenWaitAsync(TimeSpan.FromMilliseconds((long)wait.TotalMilliseconds));
            Assert.Equal(attempt, test.Gate.Requests);
            clock.Advance(wait);
        }

        Assert.Equal((ItemStatus.NotApplied, 6), ((await result).Status, test.Gate.Requests));
    }

    [Fact]
    public async Task Complaint_06_What_was_not_processed_is_never_called_a_success()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Refuse = (_, body) => body.Contains("999", StringComparison.Ordinal) ? HttpStatusCode.TooManyRequests : null;
        await using var writer = Writer(test, new() { BatchRowsMax = 10 });
        var results = await writer.WriteBatchAsync(Items(50).Append(new Item(999)));
        var there = (await test.IdsAsync()).ToHashSet();
        Assert.Equal(there.Count, results.Count(result => result.IsApplied));
        Assert.False(results[50].IsApplied);
        Assert.DoesNotContain(999L, there);
    }

    [Fact]
    public async Task Complaint_07_Equal_keys_in_one_batch_neither_fail_it_nor_are_keys_mixed_up()
    {
        await using var test = await WriterFixture.StartAsync();
        await test.Direct.Database("shop").ExecAsync("CREATE TABLE pairs(a, b, n INTEGER, PRIMARY KEY(a, b))");
        var map = new TableMap<(int A, int B, int N)>("pairs").Key("a", row => row.A).Key("b", row => row.B).Column("n", row => row.N);
        await using var writer = new BatchWriter<(int A, int B, int N)>(test.Shop, map, WriteMode.Insert, new() { Coalescing = Coalescing.Last });
        var results = await writer.WriteBatchAsync([(1, 2, 0), (2, 1, 1), (1, 2, 2)]);
        Assert.All(results, result => Assert.True(result.IsApplied));
        Assert.Equal("1,2=2 2,1=1", await test.Direct.Database("shop").Prepare(
            "SELECT group_concat(a || ',' || b || '=' || n, ' ' ORDER BY a) FROM pairs").FirstAsync<string>());
    }

    [Fact]
    public async Task Complaint_08_Flushes_and_closes_end_also_when_they_race_with_adds_and_with_each_other()
    {
        await using var test = await WriterFixture.StartAsync();
        for (var round = 0; round < 20; round++)
        {
            await using var buffer = Buffer(test, Options with { BatchRowsMax = 3, BufferedRowsMax = 7 });
            var first = round * 1_000;
            var adding = Task.Run(async () =>
            {
                var added = 0;
                try
                {
                    for (; added < 1_000; added++)
                    {
                        await buffer.AddAsync(first + added);
                    }
                }
                catch (ObjectDisposedException)
                {
                    return added;
                }

                return added;
            });
            var flushes = Enumerable.Range(0, 4).Select(_ => Task.Run(() => buffer.FlushAsync())).ToArray();
            await flushes[0];
            var closes = Enumerable.Range(0, 2).Select(_ => Task.Run(() => buffer.CloseAsync(TimeSpan.FromMinutes(1)))).ToArray();
            await Task.WhenAll(flushes);
            Assert.All(await Task.WhenAll(closes), report => Assert.True(report.IsInTime && report.Left.Count == 0));
            var taken = await adding;
            Assert.Equal((taken, taken), (buffer.Stats.Submitted, buffer.Stats.Applied));
            Assert.Equal(taken, (await test.IdsAsync()).Count(id => id >= first));
        }
    }

    [Fact]
    public async Task Complaint_09_Results_that_nobody_looks_at_never_become_unobserved_exceptions()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Refuse = (_, _) => HttpStatusCode.Unauthorized;
        var tasks = new List<Task<ItemResult>>();
        await using (var buffer = Buffer(test, Options))
        {
            tasks.AddRange(Items(10).Select(item => buffer.WriteAsync(item)));
        }

        Assert.All(await Task.WhenAll(tasks), result => Assert.Equal(ItemStatus.NotApplied, result.Status));
    }

    [Fact]
    public async Task Complaint_10_Disposing_flushes_and_what_was_given_up_is_reported()
    {
        await using var test = await WriterFixture.StartAsync();
        await using (var buffer = Buffer(test, Options))
        {
            await buffer.AddAsync(1);
        }

        Assert.Equal([1], await test.IdsAsync());
        var closing = Buffer(test, Options);
        await closing.AddAsync(2);
        test.Gate.Refuse = (_, _) => HttpStatusCode.TooManyRequests;
        var report = await closing.CloseAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((1, true), (report.Flushed.NotApplied, report.IsInTime));
    }

    [Fact]
    public async Task Complaint_11_A_steady_trickle_does_not_put_the_flush_off()
    {
        var clock = new ManualTimeProvider();
        using var metrics = new MetricReader("trickle");
        await using var test = await WriterFixture.StartAsync(clock);
        await using var buffer = Buffer(test, Options with { Name = "trickle", Linger = TimeSpan.FromMilliseconds(250) });
        for (var index = 0; index < 100; index++)
        {
            await buffer.AddAsync(index);
            clock.Advance(TimeSpan.FromMilliseconds(50));
            if (index % 5 == 4)
            {
                // Each batch has waited 250 ms since its first item, however many came after it.
                Assert.Equal((index + 1) / 5, metrics["flush{reason=linger}"]);
                await buffer.FlushAsync();
            }
        }

        Assert.Equal((20, 100), (test.Gate.Requests, buffer.Stats.Applied));
    }

    [Fact]
    public async Task Complaint_12_Batches_that_begin_at_once_do_not_all_go_at_once()
    {
        var clock = new ManualTimeProvider();
        using var metrics = new MetricReader("jitter");
        await using var test = await WriterFixture.StartAsync(clock, server: options => options.CreateOnUse = true);
        test.Gate.Hold();
        var buffer = Buffer(test, Options with { Name = "jitter", LingerJitter = TimeSpan.FromSeconds(10), Retry = WriterFixture.Quick with { AttemptsMax = 1 } });
        foreach (var item in Items(200))
        {
            await buffer.AddAsync(item with { Database = $"db-{item.Id}" });
        }

        var steps = new List<double>();
        for (var step = 0; step < 10; step++)
        {
            var before = metrics["flush{reason=linger}"];
            clock.Advance(TimeSpan.FromSeconds(1));
            steps.Add(metrics["flush{reason=linger}"] - before);
        }

        // Spread over all ten seconds: more than half of them in one has a chance of less than 10^-70.
        Assert.Equal(200, steps.Sum());
        Assert.All(steps, step => Assert.InRange(step, 1, 100));
        test.Gate.Release();
        await buffer.CloseAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Complaint_13_The_wait_ends_once_per_batch_and_nothing_runs_in_between()
    {
        var clock = new ManualTimeProvider();
        await using var test = await WriterFixture.StartAsync(clock);
        await using var buffer = Buffer(test, Options);
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal(0, clock.TimerCount);
            var result = buffer.WriteAsync(round);
            Assert.Equal(1, clock.TimerCount);
            clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(ItemStatus.Applied, (await result).Status);
            await buffer.FlushAsync();
            clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal(round + 1, test.Gate.Requests);
        }
    }

    [Fact]
    public async Task Complaint_14_Nothing_is_thrown_away_unless_asked_for_and_then_it_is_told()
    {
        Assert.Equal(FullPolicy.Wait, new WriteBufferOptions<Item>().WhenFull);
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        var told = new List<Item>();
        await using var buffer = Buffer(test, Options with { BufferedRowsMax = 3, WhenFull = FullPolicy.DropNewest, Dropped = drop => told.AddRange(drop.Items) });
        foreach (var item in Items(8))
        {
            await buffer.AddAsync(item);
        }

        test.Gate.Release();
        await buffer.FlushAsync();
        Assert.Equal((3, 5), (buffer.Stats.Applied, buffer.Stats.Dropped));
        Assert.Equal([3, 4, 5, 6, 7], told.Select(item => item.Id));
    }

    [Fact]
    public async Task Complaint_15_A_flush_covers_what_is_on_its_way_and_what_was_added_a_moment_before()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 4 });
        foreach (var item in Items(4))
        {
            await buffer.AddAsync(item);
        }

        await test.Gate.WhenInFlightAsync(1);
        await buffer.AddAsync(4);
        var flush = buffer.FlushAsync();
        Assert.False(flush.IsCompleted);
        test.Gate.Release();
        Assert.Equal(5, (await flush).Applied);
    }

    [Theory]
    [InlineData(ShoalTarget.CloudflareD1, 17, 43)]
    [InlineData(ShoalTarget.CloudflareD1, 3, 100)]
    [InlineData(ShoalTarget.CloudflareD1, 100, 7)]
    [InlineData(ShoalTarget.Shoal, 17, 43)]
    public async Task Complaint_16_No_statement_has_more_parameters_than_the_target_takes(ShoalTarget target, int columns, int rows)
    {
        await using var test = await WriterFixture.StartAsync(client: options => options with { Target = target });
        var names = Enumerable.Range(0, columns).Select(index => $"c{index}").ToArray();
        await test.Direct.Database("shop").ExecAsync($"CREATE TABLE wide({string.Join(',', names)})");
        var map = names.Aggregate(new TableMap<int>("wide"), (map, name) => map.Column(name, row => new byte[] { (byte)row }));
        await using var writer = new BatchWriter<int>(test.Shop, map, WriteMode.Insert);
        Assert.All(await writer.WriteBatchAsync(Enumerable.Range(0, rows)), result => Assert.True(result.IsApplied));
        Assert.Equal(rows, await test.Direct.Database("shop").Prepare($"SELECT count(c{columns - 1}) FROM wide").FirstAsync<int>());
    }

    [Fact]
    public async Task Complaint_17_Ten_thousand_rows_take_a_handful_of_requests_and_not_one_each()
    {
        await using var test = await WriterFixture.StartAsync();
        await using var writer = Writer(test, new());
        await writer.WriteBatchAsync(Items(10_000));
        Assert.InRange(test.Gate.Requests, 10, 40);
        var requests = test.Gate.Requests;
        var report = await test.Shop.UpsertManyAsync(Map, Items(10_000));
        Assert.Equal((10_000, 1), (report.Applied, test.Gate.Requests - requests));
    }

    [Fact]
    public async Task Complaint_18_All_or_nothing_writes_nothing_before_everything_is_there()
    {
        await using var test = await WriterFixture.StartAsync();
        await using var writer = Writer(test, new() { Atomicity = Atomicity.AllOrNothing, BatchRowsMax = 20 });
        var results = await writer.WriteBatchAsync(Watched());
        Assert.All(results, result => Assert.True(result.IsApplied));
        Assert.Equal(1, test.Gate.Requests);
        await Assert.ThrowsAsync<ArgumentException>(() => writer.WriteBatchAsync([new Item(900), new Item(901, Database: "other")]));
        var error = await Assert.ThrowsAsync<ShoalException>(
            () => writer.WriteBatchAsync(Items(30, 1_000).Select(item => item with { Name = new string('x', 500_000) })));
        Assert.Contains("nothing was sent", error.Message, StringComparison.Ordinal);
        Assert.Equal((1, 100), (test.Gate.Requests, (await test.IdsAsync()).Count));

        IEnumerable<Item> Watched()
        {
            foreach (var item in Items(100))
            {
                Assert.Equal(0, test.Gate.Requests);
                yield return item;
            }
        }
    }

    private static WriteBuffer<Item> Buffer(WriterFixture test, WriteBufferOptions<Item> options) =>
        new(test.Client, item => item.Database, Map, WriteMode.Insert, options);

    private static BatchWriter<Item> Writer(WriterFixture test, BatchWriterOptions<Item> options) =>
        new(test.Client, item => item.Database, Map, WriteMode.Insert, options with { Retry = WriterFixture.Quick });

    private static IEnumerable<Item> Items(int count, int from = 0) => Enumerable.Range(from, count).Select(id => new Item(id));
}

using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Retry;

namespace Shoal.Client.Tests.Batching;

/// <summary>
/// Goal: what docs/reference/batching-bar.md promises, row by row. Method: a real server behind a gate, and a clock that stands
/// still.
/// </summary>
public sealed class BatchingBarTests
{
    private static readonly TableMap<Item> Map = WriterFixture.Map;

    private static WriteBufferOptions<Item> Options { get; } = new()
    {
        Linger = TimeSpan.FromSeconds(10), LingerJitter = TimeSpan.Zero, Retry = WriterFixture.Quick,
    };

    [Fact]
    public async Task Row_01_A_batch_goes_when_it_has_enough_rows()
    {
        await using var test = await WriterFixture.StartAsync();
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 3 });
        var third = Task.FromResult(default(ItemResult));
        for (var id = 1; id <= 3; id++)
        {
            third = buffer.WriteAsync(id);
        }

        await buffer.AddAsync(4);
        Assert.Equal(ItemStatus.Applied, (await third).Status);
        Assert.Equal([1, 2, 3], await test.IdsAsync());
        Assert.Equal((1, 1), (test.Gate.Requests, buffer.Stats.Queued));
    }

    [Fact]
    public async Task Row_02_A_batch_goes_when_it_is_large_enough()
    {
        await using var test = await WriterFixture.StartAsync();
        await using var buffer = Buffer(test, Options with { BatchBytesMax = 10_000 });
        foreach (var item in Items(40))
        {
            await buffer.AddAsync(item with { Name = new string('x', 1_000) });
        }

        Assert.True((await buffer.FlushAsync()).IsComplete);
        Assert.All(test.Gate.Bodies, body => Assert.InRange(body.Length, 1, 11_500));
        Assert.InRange(test.Gate.Requests, 4, 6);
        Assert.Equal(40, (await test.IdsAsync()).Count);
    }

    [Fact]
    public async Task Row_02_Statements_keep_to_the_parameters_of_the_target_whatever_the_columns()
    {
        // A blob can not go as JSON, so that every value is a parameter: 43 rows of 17 columns are 731 of them, D1 takes 100.
        await using var test = await WriterFixture.StartAsync(client: options => options with { Target = ShoalTarget.CloudflareD1 });
        var columns = Enumerable.Range(0, 16).Select(index => $"c{index}").ToArray();
        await test.Direct.Database("shop").ExecAsync($"CREATE TABLE wide(id INTEGER PRIMARY KEY, {string.Join(',', columns)})");
        var map = columns.Aggregate(new TableMap<int>("wide").Key("id", id => id),
            (map, column) => map.Column(column, _ => new byte[] { 1, 2 }));
        await using var buffer = new WriteBuffer<int>(test.Shop, map, WriteMode.Insert);
        for (var id = 0; id < 43; id++)
        {
            await buffer.AddAsync(id);
        }

        Assert.Equal(43, (await buffer.FlushAsync()).Applied);
        Assert.Equal(43, await test.Direct.Database("shop").Prepare("SELECT count(*) FROM wide WHERE c15 = x'0102'").FirstAsync<int>());
        Assert.Equal(1, test.Gate.Requests);
    }

    [Fact]
    public async Task Row_03_The_wait_is_counted_from_the_first_item_and_later_ones_do_not_lengthen_it()
    {
        var clock = new ManualTimeProvider();
        await using var test = await WriterFixture.StartAsync(clock);
        await using var buffer = Buffer(test, Options);
        var first = buffer.WriteAsync(0);
        for (var second = 1; second <= 9; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await buffer.AddAsync(second);
        }

        Assert.Equal((0, 10), (test.Gate.Requests, buffer.Stats.Queued));
        Assert.Equal(TimeSpan.FromSeconds(9), buffer.Stats.Oldest);
        clock.Advance(TimeSpan.FromSeconds(1));
        await first;
        Assert.Equal(10, (await test.IdsAsync()).Count);
    }

    [Fact]
    public async Task Row_04_Batches_get_smaller_while_they_take_longer_than_they_may_and_larger_again()
    {
        var clock = new ManualTimeProvider();
        await using var test = await WriterFixture.StartAsync(clock);
        await using var writer = Writer(test, new() { BatchRowsMax = 100, TargetLatency = TimeSpan.FromMilliseconds(50) });
        var slow = TimeSpan.FromMilliseconds(80);
        test.Gate.Answered = () => clock.Advance(slow);
        await writer.WriteOneAsync(1);
        Assert.Equal(75, writer.Stats.BatchRows);
        await writer.WriteOneAsync(2);
        Assert.Equal(56, writer.Stats.BatchRows);
        slow = TimeSpan.FromMilliseconds(10);
        await writer.WriteOneAsync(3);
        Assert.Equal(61, writer.Stats.BatchRows);
    }

    [Fact]
    public async Task Row_05_Rows_and_bytes_are_bounded_whatever_the_server_does()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var byRows = Buffer(test, Options with { BatchRowsMax = 4, BufferedRowsMax = 10, WhenFull = FullPolicy.Reject });
        Assert.Equal(10, Items(30).Count(byRows.TryAdd));
        await using var byBytes = Buffer(test, Options with { BufferedBytesMax = 20_000, WhenFull = FullPolicy.Reject });
        Assert.InRange(Items(100, 1_000).Count(item => byBytes.TryAdd(item with { Name = new string('x', 1_000) })), 18, 20);
        Assert.InRange(byBytes.Stats.BufferedBytes, 18_000, 20_000);
        Assert.Equal((10, 20, 80), (byRows.Stats.BufferedRows, byRows.Stats.Refused, byBytes.Stats.Refused + byBytes.Stats.BufferedRows - 20));
        test.Gate.Release();
        await byRows.FlushAsync();
        await byBytes.FlushAsync();
        Assert.Equal((0, 0), (byRows.Stats.BufferedBytes, byBytes.Stats.BufferedBytes));
    }

    [Fact]
    public async Task Row_06_A_full_buffer_makes_who_adds_wait_until_there_is_room()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 2, BufferedRowsMax = 4 });
        var adds = Items(10).Select(item => buffer.AddAsync(item).AsTask()).ToArray();
        await test.Gate.WhenInFlightAsync(1);
        Assert.Equal((4, 6), (adds.Count(add => add.IsCompleted), buffer.Stats.Waited));
        test.Gate.Release();
        await Task.WhenAll(adds);
        Assert.True((await buffer.FlushAsync()).IsComplete);
        Assert.Equal(Enumerable.Range(0, 10).Select(id => (long)id), await test.IdsAsync());
    }

    [Fact]
    public async Task Row_06_Who_waits_for_room_is_told_when_there_is_none_in_time()
    {
        var clock = new ManualTimeProvider();
        await using var test = await WriterFixture.StartAsync(clock);
        test.Gate.Hold();
        await using var buffer = Buffer(test, Options with { BufferedRowsMax = 1, FullTimeout = TimeSpan.FromSeconds(3) });
        await buffer.AddAsync(1);
        var late = buffer.AddAsync(2).AsTask();
        clock.Advance(TimeSpan.FromSeconds(4));
        var error = await Assert.ThrowsAsync<BufferFullException>(() => late);
        Assert.Contains("within 3 s", error.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (buffer.Stats.Refused, buffer.Stats.BufferedRows));
        test.Gate.Release();
    }

    [Theory]
    [InlineData(FullPolicy.Reject, "0 1 2 3", "")]
    [InlineData(FullPolicy.DropNewest, "0 1 2 3", "4 5 6")]
    [InlineData(FullPolicy.DropOldest, "0 1 5 6", "2 3 4")]
    public async Task Row_06_A_full_buffer_rejects_or_drops_as_asked_and_counts_and_hands_over_the_items(FullPolicy policy,
        string written, string thrownAway)
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        var dropped = new List<long>();
        using var metrics = new MetricReader("drops-" + policy);
        await using var buffer = Buffer(test, Options with
        {
            Name = "drops-" + policy, BatchRowsMax = 2, BufferedRowsMax = 4, WhenFull = policy,
            Dropped = drop => dropped.AddRange(drop.Items.Select(item => item.Id)),
        });
        var results = new List<Task<ItemResult>>();
        for (var id = 0; id < 7; id++)
        {
            results.Add(buffer.WriteAsync(id));
            if (id == 1)
            {
                // The first batch is on its way, so nothing of it can be dropped.
                await test.Gate.WhenInFlightAsync(1);
            }
        }

        test.Gate.Release();
        await buffer.FlushAsync();
        Assert.Equal(written, string.Join(' ', await test.IdsAsync()));
        Assert.Equal(thrownAway, string.Join(' ', dropped));
        Assert.Equal(policy == FullPolicy.Reject ? (3, 0) : (0, 3), (buffer.Stats.Refused, buffer.Stats.Dropped));
        Assert.Equal(3, metrics["dropped"]);
        for (var id = 0; id < 7; id++)
        {
            if (policy == FullPolicy.Reject && id > 3)
            {
                await Assert.ThrowsAsync<BufferFullException>(() => results[id]);
            }
            else
            {
                Assert.Equal(dropped.Contains(id) ? ItemStatus.Dropped : ItemStatus.Applied, (await results[id]).Status);
            }
        }
    }

    [Fact]
    public async Task Row_07_Requests_at_once_are_bounded_by_one_limiter_that_writers_share()
    {
        await using var test = await WriterFixture.StartAsync(server: options => options.CreateOnUse = true);
        test.Gate.Hold();
        var limiter = new WriteLimiter(7);
        await using var one = Writer(test, new() { Limiter = limiter });
        await using var other = Writer(test, new() { Limiter = limiter });
        var calls = Enumerable.Range(0, 2).Select(half => (half == 0 ? one : other).WriteBatchAsync(
            Enumerable.Range(0, 40).Select(index => new Item(index, Database: $"missing-{half}-{index}")))).ToArray();
        await test.Gate.WhenInFlightAsync(7);
        Assert.Equal((7, 0, 7), (limiter.InUse, limiter.AvailablePermits, one.Stats.MaxConcurrent));
        test.Gate.Release();
        await Task.WhenAll(calls);
        Assert.Equal(7, test.Gate.MaxInFlight);
    }

    [Fact]
    public async Task Row_07_Items_of_one_key_arrive_in_order_while_other_keys_do_not_wait_for_them()
    {
        await using var test = await WriterFixture.StartAsync();
        await using var writer = Writer(test, new() { Order = ItemOrder.PerKey, BatchRowsMax = 3 }, WriteMode.Upsert());
        var results = await writer.WriteBatchAsync(Enumerable.Range(0, 600).Select(index => new Item(index % 20, Version: index)));
        Assert.All(results, result => Assert.Equal(ItemStatus.Applied, result.Status));
        Assert.Equal(Enumerable.Range(580, 20).Select(version => (long)version),
            await test.Direct.Database("shop").Prepare("SELECT version FROM items ORDER BY id").AllAsync<long>());
        Assert.InRange(test.Gate.MaxInFlight, 2, 8);
    }

    [Fact]
    public async Task Row_07_With_global_order_one_request_follows_the_other_across_databases()
    {
        await using var test = await WriterFixture.StartAsync();
        await test.CreateAsync("other");
        await using var writer = Writer(test, new() { Order = ItemOrder.Global, BatchRowsMax = 3 });
        await writer.WriteBatchAsync(Enumerable.Range(0, 30).Select(index => new Item(index, Database: index % 5 == 0 ? "other" : "shop")));
        Assert.Equal(1, test.Gate.MaxInFlight);
        Assert.Equal(Enumerable.Range(0, 30).Where(id => id % 5 != 0).Select(id => (long)id), await test.IdsAsync());
    }

    [Fact]
    public async Task Row_08_Every_item_has_its_result_in_the_order_of_the_input()
    {
        await using var test = await WriterFixture.StartAsync();
        await test.CreateAsync("other");
        await using var writer = Writer(test, new() { BatchRowsMax = 7 });
        var results = await writer.WriteBatchAsync(Enumerable.Range(0, 200).Select(index =>
            new Item(index, index % 50 == 3 ? "bad" : "good", Database: index % 3 == 0 ? "other" : "shop")));
        Assert.Equal(Enumerable.Range(0, 200), results.Select(result => result.Index));
        Assert.Equal([3, 53, 103, 153], results.Where(result => result.Status == ItemStatus.Rejected).Select(result => result.Index));
        Assert.All(results, result => Assert.True(result.IsApplied == result.Error is null && result.Attempts >= 1));
        Assert.All(results.Where(result => !result.IsApplied), result => Assert.Equal(WriteFault.Constraint, WriteFaults.Of(result.Error!)));
    }

    [Theory]
    [InlineData(Atomicity.PerRow, 255)]
    [InlineData(Atomicity.PerBatch, 0)]
    [InlineData(Atomicity.AllOrNothing, 0)]
    public async Task Row_09_A_bad_row_is_found_by_halving_or_takes_its_batch_down_as_asked(Atomicity atomicity, int applied)
    {
        await using var test = await WriterFixture.StartAsync();
        await using var writer = Writer(test, new() { Atomicity = atomicity });
        var results = await writer.WriteBatchAsync(Items(256).Select(item => item.Id == 100 ? item with { Name = "bad" } : item));
        Assert.Equal(applied, results.Count(result => result.IsApplied));
        Assert.Equal(applied, (await test.IdsAsync()).Count);

        // One request, and two for each of the eight halvings.
        Assert.Equal(atomicity == Atomicity.PerRow ? 17 : 1, test.Gate.Requests);
    }

    [Theory]
    [InlineData(System.Net.HttpStatusCode.TooManyRequests, 4, ItemStatus.NotApplied, WriteFault.Transient)]
    [InlineData(System.Net.HttpStatusCode.ServiceUnavailable, 4, ItemStatus.Unknown, WriteFault.Transient)]
    [InlineData(System.Net.HttpStatusCode.Unauthorized, 1, ItemStatus.NotApplied, WriteFault.Other)]
    public async Task Row_10_What_may_pass_is_sent_again_until_attempts_end_and_what_can_not_is_not(System.Net.HttpStatusCode status,
        int attempts, ItemStatus fate, WriteFault fault)
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Refuse = (_, _) => status;
        await using var writer = Writer(test, new());
        var result = await writer.WriteOneAsync(1);
        Assert.Equal((fate, attempts, attempts), (result.Status, result.Attempts, test.Gate.Requests));
        Assert.Equal(fault, WriteFaults.Of(result.Error!));
    }

    [Theory]
    [InlineData("INSERT OR ABORT", WriteFault.Constraint)]
    [InlineData("STRICT", WriteFault.Type)]
    public async Task Row_10_Constraints_and_types_are_told_apart(string what, WriteFault fault)
    {
        await using var test = await WriterFixture.StartAsync();
        await test.Direct.Database("shop").ExecAsync("CREATE TABLE s(id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT");
        var map = new TableMap<int>("s").Key("id", id => id).Column("n", _ => what == "STRICT" ? (SqlValue)"text" : SqlValue.Null);
        await using var writer = new BatchWriter<int>(test.Shop, map, WriteMode.Insert);
        var result = await writer.WriteOneAsync(1);
        Assert.Equal((ItemStatus.Rejected, fault), (result.Status, WriteFaults.Of(result.Error!)));
    }

    [Fact]
    public async Task Row_10_Attempts_end_at_the_total_deadline()
    {
        var clock = new ManualTimeProvider();
        await using var test = await WriterFixture.StartAsync(clock);
        test.Gate.Refuse = (_, _) => System.Net.HttpStatusCode.TooManyRequests;
        test.Gate.Answered = () => clock.Advance(TimeSpan.FromSeconds(4));
        await using var writer = Writer(test, new()
        {
            Retry = WriterFixture.Quick with { AttemptsMax = 1_000, Deadline = TimeSpan.FromSeconds(10) },
        });
        var result = await writer.WriteOneAsync(1);
        Assert.Equal((ItemStatus.NotApplied, 3), (result.Status, result.Attempts));
    }

    [Fact]
    public async Task Row_11_After_failures_requests_pause_and_items_wait_until_one_gets_through()
    {
        var clock = new WatchedClock();
        await using var test = await WriterFixture.StartAsync(clock);
        test.Gate.Refuse = (_, _) => System.Net.HttpStatusCode.ServiceUnavailable;
        await using var buffer = Buffer(test, Options with
        {
            BatchRowsMax = 1, BufferedRowsMax = 5, WhenFull = FullPolicy.Reject,
            Retry = WriterFixture.Quick with { AttemptsMax = 1_000, Deadline = TimeSpan.FromHours(1) },
            Breaker = new BreakerOptions { DatabaseFailuresMax = 3, FailuresMax = 0, Pause = TimeSpan.FromSeconds(5) },
        });
        foreach (var item in Items(9))
        {
            buffer.TryAdd(item);
        }

        // Three failures, then silence.
        await clock.WhenWaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal((3, 1, 5, 4), (test.Gate.Requests, buffer.Stats.PausedDatabases, buffer.Stats.BufferedRows, buffer.Stats.Refused));

        // One request finds out, fails, and the pause begins anew.
        clock.Advance(TimeSpan.FromSeconds(5));
        await clock.WhenWaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(4, test.Gate.Requests);
        test.Gate.Refuse = (_, _) => null;
        var flush = buffer.FlushAsync();
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(5, (await flush).Applied);
        Assert.Equal((0, 5), (buffer.Stats.PausedDatabases, (await test.IdsAsync()).Count));
    }

    [Fact]
    public async Task Row_12_Rows_that_failed_are_kept_listed_replayed_and_purged()
    {
        using var folder = new TempFolder();
        await using var test = await WriterFixture.StartAsync();
        using (var store = new FileDeadLetterStore(folder.Combine("dead.letters")))
        {
            await using var buffer = Buffer(test, Options with { DeadLetters = store });
            foreach (var item in Items(20))
            {
                await buffer.AddAsync(item.Id % 5 == 0 ? item with { Name = "bad", Version = item.Id } : item);
            }

            Assert.Equal((16, 4), ((await buffer.FlushAsync()).Applied, buffer.Stats.DeadLettered));
        }

        // As after a crash: opened again, the letters are there.
        using var again = new FileDeadLetterStore(folder.Combine("dead.letters"));
        var letters = await again.ListAsync().ToListAsync();
        Assert.Equal([0, 5, 10, 15], letters.Select(letter => letter.Columns.Single(column => column.IsKey).Value).Select(Number));
        Assert.All(letters, letter => Assert.Contains("CHECK constraint failed", letter.Error, StringComparison.Ordinal));
        Assert.Equal(new DeadLetterReplay(0, 1, 3), await again.ReplayAsync(test.Client, letter => letter.Id == letters[0].Id));
        await test.Direct.Database("shop").ExecAsync("DROP TABLE items; CREATE TABLE items(id INTEGER PRIMARY KEY, name, version)");
        Assert.Equal(new DeadLetterReplay(3, 0, 1), await again.ReplayAsync(test.Client, letter => letter.Id != letters[0].Id));
        Assert.Equal("5 10 15", await test.Direct.Database("shop").Prepare("SELECT group_concat(version, ' ') FROM items").FirstAsync<string>());
        Assert.Equal(2, (await again.ListAsync().SingleAsync()).Attempts);
        Assert.Equal((1, 0), (await again.PurgeAsync(), again.Count));
    }

    [Theory]
    [InlineData(Coalescing.Off)]
    [InlineData(Coalescing.Last)]
    [InlineData(Coalescing.Merge)]
    public async Task Row_13_Items_with_the_same_whole_key_become_one_and_each_has_a_result(Coalescing coalescing)
    {
        await using var test = await WriterFixture.StartAsync();
        await test.Direct.Database("shop").ExecAsync("CREATE TABLE pairs(a, b, n INTEGER, PRIMARY KEY(a, b))");
        var map = new TableMap<(string A, string B, int N)>("pairs").Key("a", row => row.A).Key("b", row => row.B).Column("n", row => row.N);
        await using var writer = new BatchWriter<(string A, string B, int N)>(test.Shop, map, WriteMode.Upsert(), new()
        {
            Order = ItemOrder.PerKey, Coalescing = coalescing, Merge = (before, after) => after with { N = before.N + after.N },
            IsDelete = row => row.N < 0,
        });
        var results = await writer.WriteBatchAsync([("x", "y", 1), ("y", "x", 2), ("x", "y", 10), ("z", "z", 5), ("z", "z", -1), ("x", "y", 100)]);
        var sum = coalescing == Coalescing.Merge ? 111 : 100;
        Assert.Equal($"x,y,{sum} y,x,2", await test.Direct.Database("shop").Prepare(
            "SELECT group_concat(a || ',' || b || ',' || n, ' ' ORDER BY a, b) FROM pairs").FirstAsync<string>());
        var s = coalescing == Coalescing.Off ? ItemStatus.Applied : ItemStatus.Superseded;
        Assert.Equal([s, ItemStatus.Applied, s, s, ItemStatus.Applied, ItemStatus.Applied], results.Select(result => result.Status));
        Assert.Equal(coalescing == Coalescing.Off ? 0 : 3, writer.Stats.Superseded);
    }

    [Fact]
    public async Task Row_16_An_item_can_be_waited_for_until_it_is_taken_or_until_it_is_durable()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var buffer = Buffer(test, Options);
        await buffer.AddAsync(1);
        var durable = buffer.WriteAsync(2);
        var flush = buffer.FlushAsync();
        await test.Gate.WhenInFlightAsync(1);
        Assert.False(durable.IsCompleted);
        test.Gate.Release();
        Assert.Equal((ItemStatus.Applied, 2), ((await durable).Status, (await flush).Applied));
        Assert.Equal([1, 2], await test.IdsAsync());
    }

    [Fact]
    public async Task Row_17_A_flush_waits_for_what_is_queued_on_its_way_and_to_be_sent_again()
    {
        await using var test = await WriterFixture.StartAsync();
        var refusals = 2;
        test.Gate.Refuse = (_, _) => refusals-- > 0 ? System.Net.HttpStatusCode.TooManyRequests : null;
        test.Gate.Hold();
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 2 });
        foreach (var item in Items(5))
        {
            await buffer.AddAsync(item);
        }

        var flush = buffer.FlushAsync();
        await test.Gate.WhenInFlightAsync(1);
        Assert.False(flush.IsCompleted);
        test.Gate.Release();
        Assert.Equal(new FlushReport { Applied = 5 }, await flush);
        Assert.Equal(5, (await test.IdsAsync()).Count);
    }

    [Fact]
    public async Task Row_17_A_close_refuses_new_items_and_tells_what_was_not_settled_in_time()
    {
        var clock = new WatchedClock();
        await using var test = await WriterFixture.StartAsync(clock);
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 2, BufferedRowsMax = 6 });
        await buffer.AddAsync(0);
        await buffer.AddAsync(1);
        await buffer.FlushAsync();
        test.Gate.Hold();
        var results = Items(6, 2).Select(item => buffer.WriteAsync(item)).ToArray();
        var outside = buffer.AddAsync(9).AsTask();
        await test.Gate.WhenInFlightAsync(1);
        var close = buffer.CloseAsync(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => outside);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => buffer.AddAsync(8).AsTask());
        await clock.WhenWaitAsync(TimeSpan.FromSeconds(5));
        clock.Advance(TimeSpan.FromSeconds(5));
        var report = await close;
        Assert.False(report.IsInTime);
        Assert.Equal([2, 3, 4, 5, 6, 7], report.Left.Select(left => left.Item.Id).Order());
        Assert.Equal((2, 4), (report.Flushed.Unknown, report.Flushed.NotApplied));
        Assert.All(await Task.WhenAll(results), result => Assert.False(result.IsApplied));
        Assert.Same(report, await buffer.CloseAsync(TimeSpan.Zero));
    }

    [Theory]
    [InlineData("insert", "1 old 5,2 new 7", 1)]
    [InlineData("ignore", "1 old 5,2 new 7", 0)]
    [InlineData("replace", "1 new 3,2 new 7", 0)]
    [InlineData("upsert", "1 new 5,2 new 7", 0)]
    [InlineData("newer", "1 old 5,2 new 7", 0)]
    public async Task Row_18_A_key_that_is_there_is_refused_ignored_replaced_or_updated_as_asked(string mode, string content, int rejected)
    {
        await using var test = await WriterFixture.StartAsync();
        await test.Direct.Database("shop").ExecAsync("INSERT INTO items(id, name, version) VALUES (1, 'old', 5)");
        await using var buffer = new WriteBuffer<Item>(test.Shop, Map, mode switch
        {
            "insert" => WriteMode.Insert,
            "ignore" => WriteMode.Ignore,
            "replace" => WriteMode.Replace,
            "upsert" => WriteMode.Upsert("name"),
            _ => WriteMode.UpdateIfNewer("version"),
        });
        await buffer.AddAsync(new Item(1, "new", 3));
        await buffer.AddAsync(new Item(2, "new", 7));
        Assert.Equal(rejected, (await buffer.FlushAsync()).Rejected);
        Assert.Equal(content, await test.Direct.Database("shop").Prepare(
            "SELECT group_concat(id || ' ' || name || ' ' || version, ',' ORDER BY id) FROM items").FirstAsync<string>());
    }

    [Fact]
    public async Task Row_19_Rows_per_second_stay_under_a_bound_that_rises_step_by_step()
    {
        var rate = new RateOptions { RowsPerSecond = 100, Growth = 2, Every = TimeSpan.FromSeconds(60), RowsPerSecondMax = 300 };
        var clock = new WatchedClock();
        await using var test = await WriterFixture.StartAsync(clock);
        await using var buffer = Buffer(test, Options with { BatchRowsMax = 50, Rate = rate });
        var all = Items(150).Select(item => buffer.WriteAsync(item)).ToArray();
        await Task.WhenAll(all[..50]);

        // Fifty rows are worth half a second; until then nothing goes.
        await clock.WhenWaitAsync(TimeSpan.FromSeconds(0.5));
        clock.Advance(TimeSpan.FromSeconds(0.4));
        Assert.Equal(1, test.Gate.Requests);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        await Task.WhenAll(all[50..100]);
        await clock.WhenWaitAsync(TimeSpan.FromSeconds(0.5));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        await Task.WhenAll(all);
        var ramp = new RateRamp(rate, clock);
        Assert.Equal([100, 200, 300], new[] { 59, 60, 600 }.Select(second => ramp.RateAt(TimeSpan.FromSeconds(second))));
    }

    [Fact]
    public async Task Row_20_Where_one_database_is_throttled_its_items_alone_come_back_as_not_applied()
    {
        await using var test = await WriterFixture.StartAsync();
        await test.CreateAsync("busy");
        test.Gate.Refuse = (request, _) => request.RequestUri!.AbsolutePath.Contains("/busy/", StringComparison.Ordinal)
            ? System.Net.HttpStatusCode.TooManyRequests : null;
        await using var writer = Writer(test, new());
        var items = Enumerable.Range(0, 40).Select(index => new Item(index, Database: index % 4 == 0 ? "busy" : "shop")).ToArray();
        var results = await writer.WriteBatchAsync(items);
        var unprocessed = results.Where(result => result.Status == ItemStatus.NotApplied).Select(result => items[result.Index]).ToArray();
        Assert.Equal(10, unprocessed.Length);
        Assert.All(unprocessed, item => Assert.Equal("busy", item.Database));
        test.Gate.Refuse = (_, _) => null;
        Assert.All(await writer.WriteBatchAsync(unprocessed), result => Assert.True(result.IsApplied));
    }

    [Fact]
    public async Task Row_21_Everything_is_measured_under_its_name()
    {
        using var folder = new TempFolder();
        using var store = new FileDeadLetterStore(folder.Combine("letters"));
        using var metrics = new MetricReader("measured");
        await using var test = await WriterFixture.StartAsync();
        var refusals = 1;
        test.Gate.Refuse = (_, _) => refusals-- > 0 ? System.Net.HttpStatusCode.TooManyRequests : null;
        await using var buffer = Buffer(test, Options with
        {
            Name = "measured", DeadLetters = store, BatchRowsMax = 4, BufferedRowsMax = 6, WhenFull = FullPolicy.DropNewest,
        });
        foreach (var item in Items(4))
        {
            await buffer.AddAsync(item.Id == 2 ? item with { Name = "bad" } : item);
        }

        await buffer.FlushAsync();
        test.Gate.Hold();
        foreach (var item in Items(9, 10))
        {
            await buffer.AddAsync(item);
        }

        metrics.Observe();
        Assert.Equal(6, metrics["buffer.rows"]);
        test.Gate.Release();
        await buffer.CloseAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["batch.bytes", "batch.rows", "buffer.bytes", "buffer.oldest", "buffer.rows", "dead_letters", "dropped", "flush",
            "flush.failures", "permits.in_use", "retries", "storage.write.duration", "storage.writes", "wait"], metrics.Names);
        Assert.Equal((3, 1, 1, 1, 1), (metrics["dropped{policy=drop_newest}"], metrics["retries"], metrics["dead_letters"],
            metrics["flush.failures{fault=constraint}"], metrics["flush{reason=rows}"] - 2));
        Assert.Equal(9, metrics["batch.rows"]);
    }

    [Fact]
    public async Task Row_22_The_state_can_be_seen_while_it_works()
    {
        await using var test = await WriterFixture.StartAsync();
        test.Gate.Hold();
        await using var writer = Writer(test, new() { Limiter = new WriteLimiter(2), BatchRowsMax = 10 });
        var call = writer.WriteBatchAsync(Items(35));
        await test.Gate.WhenInFlightAsync(2);
        var stats = writer.Stats;
        Assert.Equal((2, 2, 0, 2, 15, 35), (stats.MaxConcurrent, stats.Limit, stats.AvailablePermits, stats.InFlight, stats.Queued, stats.Submitted));
        Assert.InRange(stats.BufferedBytes, 35, 35_000);
        test.Gate.Release();
        await call;
        Assert.Equal((35, 4, 0), (writer.Stats.Applied, writer.Stats.Requests, writer.Stats.BufferedRows));
        Assert.InRange(writer.Stats.AvailablePermits, 2, 2);
    }

    [Fact]
    public async Task Row_23_What_was_written_saved_and_would_be_billed_is_told()
    {
        await using var test = await WriterFixture.StartAsync();
        await using var writer = Writer(test, new());
        await writer.WriteBatchAsync(Items(1_000));
        var cost = writer.Stats.Cost;
        Assert.Equal((2, 998), (cost.Requests, cost.RequestsSaved));

        // A row and its entry in the index of the unique column, the counter of rowids once a batch, and two tokens.
        Assert.InRange(cost.RowsWritten, 2_000, 2_020);
        Assert.Equal(cost.RowsWritten / 1_000_000m, cost.Dollars);
    }

    private static WriteBuffer<Item> Buffer(WriterFixture test, WriteBufferOptions<Item> options) =>
        new(test.Client, item => item.Database, Map, WriteMode.Insert, options);

    private static BatchWriter<Item> Writer(WriterFixture test, BatchWriterOptions<Item> options, WriteMode? mode = null) =>
        new(test.Client, item => item.Database, Map, mode ?? WriteMode.Insert,
            options with { Retry = options.Retry == new BatchWriterOptions<Item>().Retry ? WriterFixture.Quick : options.Retry });

    private static IEnumerable<Item> Items(int count, int from = 0) => Enumerable.Range(from, count).Select(id => new Item(id));

    private static long Number(SqlValue value) => long.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture);
}

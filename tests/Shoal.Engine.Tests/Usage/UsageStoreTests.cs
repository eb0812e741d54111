using System.Globalization;
using System.Text;
using Shoal.Engine.Usage;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Usage;

public sealed class UsageStoreTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly UsageSums One = new()
    {
        Count = 1,
        Reads = 1,
        RowsRead = 10,
        RowsReturned = 2,
        ResponseBytes = 100,
        SqlTime = TimeSpan.FromMilliseconds(3),
        Time = TimeSpan.FromMilliseconds(5),
        Alone = 1,
        AlonePeak = 1,
    };

    private readonly DatabaseId _a = DatabaseId.NewRandom();
    private readonly DatabaseId _b = DatabaseId.NewRandom();

    [Fact]
    public async Task What_is_written_adds_up_by_database_token_statement_and_hour()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        await WriteAsync(store, _a, Noon, "alice", "SELECT 1", One);
        await WriteAsync(store, _a, Noon, "alice", "SELECT 1", One with { Errors = 1 });
        await WriteAsync(store, _a, Noon.AddHours(1), "bob", "SELECT 2 FROM t", One);
        await WriteAsync(store, _b, Noon, "bob", "SELECT 1", One);

        Assert.Equal(["4 runs, 40 read, 12 ms"], await ReadAsync(store, UsageGrouping.None));
        Assert.Equal(["a: 3 runs, 30 read, 9 ms", "b: 1 runs, 10 read, 3 ms"], await ReadAsync(store, UsageGrouping.Database));
        Assert.Equal(["alice: 2 runs, 20 read, 6 ms", "bob: 2 runs, 20 read, 6 ms"], await ReadAsync(store, UsageGrouping.Token));
        Assert.Equal(["SELECT 1: 3 runs, 30 read, 9 ms", "SELECT ? FROM t: 1 runs, 10 read, 3 ms"],
            await ReadAsync(store, UsageGrouping.Statement));
        Assert.Equal(["12: 3 runs, 30 read, 9 ms", "13: 1 runs, 10 read, 3 ms"], await ReadAsync(store, UsageGrouping.Bucket));
        Assert.Equal(["1 runs, 10 read, 3 ms"], await ReadAsync(store, UsageGrouping.None, query => query with { From = Noon.AddHours(1) }));
        Assert.Equal(["1 runs, 10 read, 3 ms"], await ReadAsync(store, UsageGrouping.None, query => query with { Databases = [_b] }));
        Assert.Empty(await ReadAsync(store, UsageGrouping.None, query => query with { Databases = [] }));
        Assert.Empty(await ReadAsync(store, UsageGrouping.None, query => query with { Account = "other" }));
    }

    [Fact]
    public async Task Usage_survives_a_restart()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await WriteAsync(fixture.Engine.Usage, _a, Noon, "alice", "SELECT 1", One);

        await fixture.RestartAsync();
        await WriteAsync(fixture.Engine.Usage, _a, Noon, "alice", "SELECT 1", One);

        Assert.Equal(["a: 2 runs, 20 read, 6 ms"], await ReadAsync(fixture.Engine.Usage, UsageGrouping.Database));
    }

    [Fact]
    public async Task A_usage_file_that_was_taken_away_begins_anew()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await WriteAsync(fixture.Engine.Usage, _a, Noon, "alice", "SELECT 1", One);
        await fixture.Engine.DisposeAsync();
        File.Delete(Directory.GetFiles(fixture.Folder, UsageStore.Id + ".sqlite", SearchOption.AllDirectories).Single());

        await fixture.RestartAsync();
        Assert.Empty(await ReadAsync(fixture.Engine.Usage, UsageGrouping.None));
        await WriteAsync(fixture.Engine.Usage, _a, Noon, "alice", "SELECT 1", One);

        Assert.Equal(["1 runs, 10 read, 3 ms"], await ReadAsync(fixture.Engine.Usage, UsageGrouping.None));
    }

    [Fact]
    public async Task No_request_reaches_the_usage_database()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await WriteAsync(fixture.Engine.Usage, _a, Noon, "alice", "SELECT 1", One);

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.RunOnAsync(UsageStore.Id, "SELECT 1"));

        Assert.Equal(EngineErrorKind.DatabaseNotFound, error.Kind);
    }

    [Fact]
    public async Task Statements_past_the_cap_of_an_hour_count_as_other_and_known_ones_go_on()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        var most = store.Limits.StatementsPerBucketMax;
        for (var n = 0; n < most + 20; n += 10)
        {
            await store.WriteAsync([Request(_a, Noon, "alice", One)],
                [.. Enumerable.Range(n, 10).Select(each => Statement(_a, Noon, $"SELECT c{each} FROM t", One))]);
        }

        await WriteAsync(store, _a, Noon, "alice", "SELECT c3 FROM t", One);

        var rows = await store.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Statement });
        Assert.Equal(most + 1, rows.Count);
        Assert.Equal(20, rows.Single(row => row.Statement is null).Sums.Count);
        Assert.Equal(2, rows.Single(row => row.Statement == "SELECT c3 FROM t").Sums.Count);
    }

    [Fact]
    public async Task A_day_past_the_retention_goes_with_its_texts_one_day_at_a_time()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        await WriteAsync(store, _a, Noon, "alice", "SELECT a FROM t", One);
        await WriteAsync(store, _a, Noon.AddDays(1), "alice", "SELECT b FROM t", One);
        await WriteAsync(store, _a, Noon.AddDays(40), "alice", "SELECT c FROM t", One);

        await store.TrimAsync(Noon.AddDays(40));
        Assert.Equal(["SELECT b FROM t", "SELECT c FROM t"], await StatementsAsync(store));
        await store.TrimAsync(Noon.AddDays(40));
        Assert.Equal(["SELECT c FROM t"], await StatementsAsync(store));
        await store.TrimAsync(Noon.AddDays(40));
        Assert.Equal(["SELECT c FROM t"], await StatementsAsync(store));
        Assert.Equal("1", Encoding.UTF8.GetString((await store.RunAsync("SELECT CAST(count(*) AS TEXT) FROM statements"))[0][0].AsBytes.Span));
    }

    /// <summary>Goal: a clock that was wrong for a while does not cost the memory, and what it left behind goes in time.</summary>
    [Fact]
    public async Task A_clock_that_jumps_costs_a_day_per_look_at_most()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        for (var day = 0; day < 5; day++)
        {
            await WriteAsync(store, _a, Noon.AddDays(day), "alice", "SELECT a FROM t", One);
        }

        await WriteAsync(store, _a, Noon.AddYears(50), "alice", "SELECT future FROM t", One);
        await store.TrimAsync(Noon.AddYears(50));
        Assert.Equal(["5 runs, 50 read, 15 ms"], await ReadAsync(store, UsageGrouping.None));

        await store.TrimAsync(Noon.AddDays(5));

        Assert.Equal(["SELECT a FROM t"], await StatementsAsync(store));
        Assert.Equal(["4 runs, 40 read, 12 ms"], await ReadAsync(store, UsageGrouping.None));
    }

    [Fact]
    public async Task Too_much_usage_is_put_together_to_days_before_anything_is_dropped()
    {
        var folder = Directory.CreateTempSubdirectory("shoal-usage-").FullName;
        try
        {
            await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions
            {
                DataFolder = folder,
                Usage = new UsageLimits { BytesMax = 200_000 },
            });
            for (var hour = 0; hour < 48; hour++)
            {
                var time = Noon.AddHours(hour - 60);
                await engine.Usage.WriteAsync(
                    [.. Enumerable.Range(0, 100).Select(n => Request(IdOf(n), time, "alice", One))],
                    [.. Enumerable.Range(0, 100).Select(n => Statement(IdOf(n), time, "SELECT a FROM t", One))]);
            }

            Assert.True(await engine.Usage.SizeBytesAsync() > 200_000);
            await engine.Usage.TrimAsync(Noon);

            Assert.InRange(await engine.Usage.SizeBytesAsync(), 1, 200_000);
            Assert.Equal(["4800 runs, 48000 read, 14400 ms"], await ReadAsync(engine.Usage, UsageGrouping.None));
            Assert.Equal(["SELECT a FROM t: 4800 runs, 48000 read, 14400 ms"], await ReadAsync(engine.Usage, UsageGrouping.Statement));
            var buckets = await engine.Usage.RunAsync("SELECT count(*), max(hours) FROM buckets");
            Assert.True(buckets[0][0].AsInteger < 48);
            Assert.Equal(24, buckets[0][1].AsInteger);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task When_only_days_are_left_the_oldest_goes()
    {
        var folder = Directory.CreateTempSubdirectory("shoal-usage-").FullName;
        try
        {
            await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions
            {
                DataFolder = folder,
                Usage = new UsageLimits { BytesMax = 1 },
            });
            await WriteAsync(engine.Usage, _a, Noon.AddDays(-2), "alice", "SELECT a FROM t", One);
            await WriteAsync(engine.Usage, _a, Noon.AddHours(-1), "alice", "SELECT b FROM t", One);

            await engine.Usage.TrimAsync(Noon);

            // The running day stays, whatever its size.
            Assert.Equal(["SELECT b FROM t"], await StatementsAsync(engine.Usage));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_deleted_database_keeps_what_it_cost_and_loses_its_statements()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        await WriteAsync(store, _a, Noon, "alice", "SELECT 1", One);

        await store.ForgetStatementsAsync(_a, Noon);

        Assert.Empty(await StatementsAsync(store));
        var row = (await store.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Database })).Single();
        Assert.True(row.IsDeleted);
        Assert.Equal(1, row.Sums.Count);
    }

    [Fact]
    public async Task A_size_is_remembered_when_it_changes()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        foreach (var (hour, bytes) in ((int, long)[])[(0, 100), (0, 200), (1, 200), (2, 300)])
        {
            await WriteSizeAsync(store, _a, Noon.AddHours(hour), bytes);
        }

        Assert.Equal(["2 12h: 200", "2 14h: 300"], await SizesAsync(store, new UsageQuery { Account = "acme" }));
    }

    [Fact]
    public async Task Sizes_are_read_of_the_databases_and_the_span_asked_for_and_the_last_before_it()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        for (var hour = 0; hour < 6; hour++)
        {
            await WriteSizeAsync(store, _a, Noon.AddHours(hour), 100 + hour);
        }

        await WriteSizeAsync(store, _b, Noon, 900);
        var query = new UsageQuery { Account = "acme", From = Noon.AddHours(2), To = Noon.AddHours(3) };

        Assert.Equal(["2 12h: 900", "2 13h: 101", "2 14h: 102", "2 15h: 103"], await SizesAsync(store, query));
        Assert.Equal(["2 13h: 101", "2 14h: 102", "2 15h: 103"], await SizesAsync(store, query with { Databases = [_a] }));
        Assert.Empty(await SizesAsync(store, query with { Databases = [] }));
        Assert.Empty(await SizesAsync(store, query with { To = Noon.AddHours(-1) }));
        Assert.Empty(await SizesAsync(store, query with { Account = "other" }));
    }

    /// <summary>
    /// Goal: databases that grow every hour do not cost the memory of everything else. Method: sizes that alone are past the bound.
    /// </summary>
    [Fact]
    public async Task Of_sizes_the_last_of_a_day_is_kept_before_anything_is_dropped()
    {
        var folder = Directory.CreateTempSubdirectory("shoal-usage-").FullName;
        try
        {
            await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions
            {
                DataFolder = folder,
                Usage = new UsageLimits { BytesMax = 200_000 },
            });
            var midnight = Noon.AddHours(-12).AddDays(-6);
            for (var hour = 0; hour < 6 * 24; hour++)
            {
                await engine.Usage.WriteAsync([.. Enumerable.Range(0, 100).Select(n =>
                    Request(IdOf(n), midnight.AddHours(hour), "alice", One) with { SizeBytes = 4096 * (hour + 1) })], []);
            }

            await engine.Usage.TrimAsync(Noon);

            Assert.InRange(await engine.Usage.SizeBytesAsync(), 1, 200_000);
            Assert.Equal(["14400 runs, 144000 read, 43200 ms"], await ReadAsync(engine.Usage, UsageGrouping.None));
            var query = new UsageQuery { Account = "acme", Databases = [IdOf(7)], To = midnight.AddDays(2).AddHours(-1) };
            Assert.Equal(["27 23h: 98304", "28 23h: 196608"], await SizesAsync(engine.Usage, query));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Sizes_go_with_the_day_that_is_dropped_but_for_the_last()
    {
        var folder = Directory.CreateTempSubdirectory("shoal-usage-").FullName;
        try
        {
            await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions
            {
                DataFolder = folder,
                Usage = new UsageLimits { BytesMax = 1 },
            });
            foreach (var (hour, bytes) in ((int, long)[])[(-72, 100), (-48, 200), (-47, 300), (-1, 400), (0, 500)])
            {
                await WriteSizeAsync(engine.Usage, _a, Noon.AddHours(hour), bytes);
            }

            await engine.Usage.TrimAsync(Noon);

            Assert.Equal(["31 13h: 300", "2 11h: 400", "2 12h: 500"],
                await SizesAsync(engine.Usage, new UsageQuery { Account = "acme" }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_clock_that_jumps_costs_the_sizes_of_a_day_at_most()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        foreach (var (hour, bytes) in ((int, long)[])[(0, 100), (1, 200), (24, 300), (25, 400)])
        {
            await WriteSizeAsync(store, _a, Noon.AddHours(hour), bytes);
        }

        await WriteSizeAsync(store, _a, Noon.AddYears(50), 500);
        await store.TrimAsync(Noon.AddYears(50));
        await store.TrimAsync(Noon.AddDays(2));

        Assert.Equal(["2 13h: 200", "3 12h: 300", "3 13h: 400"], await SizesAsync(store, new UsageQuery { Account = "acme" }));
    }

    [Fact]
    public async Task Databases_and_tokens_of_which_nothing_is_kept_are_forgotten()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        await WriteSizeAsync(store, _a, Noon, 100);
        await WriteSizeAsync(store, _b, Noon, 200);
        await store.ForgetStatementsAsync(_a, Noon.AddHours(1));
        await WriteAsync(store, IdOf(1), Noon.AddDays(40), "bob", "SELECT 1", One);

        await store.TrimAsync(Noon.AddDays(40));

        // What was not deleted still has the size that it last had.
        Assert.Equal(["2 12h: 200"], await SizesAsync(store, new UsageQuery { Account = "acme" }));
        Assert.Equal([_b, IdOf(1)], (await store.RunAsync("SELECT uuid FROM databases ORDER BY id"))
            .Select(row => new DatabaseId(new Guid(row[0].AsBytes.Span))));
        Assert.Equal(["bob"], (await store.RunAsync("SELECT name FROM tokens"))
            .Select(row => Encoding.UTF8.GetString(row[0].AsBytes.Span)));
    }

    [Fact]
    public async Task Rows_past_the_limit_are_the_last_in_the_order_asked_for()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var store = fixture.Engine.Usage;
        await WriteAsync(store, _a, Noon, "alice", "SELECT 1", One);
        await WriteAsync(store, _a, Noon.AddHours(1), "alice", "SELECT 2 FROM t", One);
        await WriteAsync(store, _b, Noon.AddDays(1), "alice", "SELECT 1", One with { RowsRead = 15 });

        Assert.Equal("a: 2 runs, 20 read, 6 ms", await FirstAsync(UsageGrouping.Database));
        Assert.Equal("b: 1 runs, 15 read, 3 ms", await FirstAsync(UsageGrouping.Database, new UsageOrder(UsageOrderKey.RowsRead)));
        Assert.Equal("b: 1 runs, 15 read, 3 ms", await FirstAsync(UsageGrouping.Database,
            new UsageOrder(UsageOrderKey.RowsRead, IsAverage: true, IsDescending: true)));
        Assert.Equal("b: 1 runs, 15 read, 3 ms", await FirstAsync(UsageGrouping.Database,
            new UsageOrder(UsageOrderKey.Bucket, IsDescending: true)));
        Assert.Equal("0: 2 runs, 20 read, 6 ms", await FirstAsync(UsageGrouping.Day, new UsageOrder(UsageOrderKey.Day)));
        Assert.Equal("SELECT ? FROM t: 1 runs, 10 read, 3 ms", await FirstAsync(UsageGrouping.Statement,
            new UsageOrder(UsageOrderKey.Count), new UsageOrder(UsageOrderKey.Statement)));

        async Task<string> FirstAsync(UsageGrouping by, params UsageOrder[] order) =>
            (await ReadAsync(store, by, query => query with { OrderBy = order, RowsMax = 1 })).Single();
    }

    [Fact]
    public async Task Databases_are_ordered_by_the_text_of_their_ids()
    {
        await using var fixture = await EngineFixture.StartAsync();
        DatabaseId[] ids = [.. Enumerable.Range(0, 30).Select(_ => DatabaseId.NewRandom())];
        await fixture.Engine.Usage.WriteAsync([.. ids.Select(id => Request(id, Noon, "alice", One))], []);

        var rows = await fixture.Engine.Usage.ReadAsync(new UsageQuery
        {
            Account = "acme",
            GroupBy = UsageGrouping.Database,
            OrderBy = [new UsageOrder(UsageOrderKey.Database)],
        });

        Assert.Equal(ids.Select(id => id.ToString()).Order(StringComparer.Ordinal), rows.Select(row => row.Database!.Value.ToString()));
    }

    [Fact]
    public void Storage_is_averaged_over_time_and_over_the_end_of_a_database()
    {
        StorageRow[] rows =
        [
            new(_a, Noon.AddDays(-5), 100), new(_a, Noon.AddHours(6), 300),
            new(_b, Noon.AddHours(12), 1_000), new(_b, Noon.AddHours(18), 0),
            new(_b, Noon.AddDays(9), 5_000),
        ];

        Assert.Equal(((6 * 100) + (18 * 300) + (6 * 1_000)) / 24.0, StorageAverage.Of(rows, Noon, Noon.AddDays(1)));
    }

    private static DatabaseId IdOf(int n) => new(new Guid(n + 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0));

    private RequestUsage Request(DatabaseId database, DateTimeOffset hour, string token, UsageSums sums) =>
        new(database, "acme", database == _a ? "a" : "b", token, token, hour, sums, SizeBytes: 0);

    private static StatementUsage Statement(DatabaseId database, DateTimeOffset hour, string sql, UsageSums sums) =>
        new(database, hour, StatementFingerprint.Of(Encoding.UTF8.GetBytes(sql)), sums with { ResponseBytes = 0 });

    private Task WriteAsync(UsageStore store, DatabaseId database, DateTimeOffset hour, string token, string sql, UsageSums sums) =>
        store.WriteAsync([Request(database, hour, token, sums)], [Statement(database, hour, sql, sums)]);

    private Task WriteSizeAsync(UsageStore store, DatabaseId database, DateTimeOffset hour, long bytes) =>
        store.WriteAsync([Request(database, hour, "alice", One) with { SizeBytes = bytes }], []);

    private static async Task<string[]> SizesAsync(UsageStore store, UsageQuery query) =>
        [.. (await store.ReadStorageAsync(query)).Select(row =>
            string.Create(CultureInfo.InvariantCulture, $"{row.Bucket.Day} {row.Bucket.Hour}h: {row.Bytes}"))];

    private static async Task<string[]> ReadAsync(UsageStore store, UsageGrouping by, Func<UsageQuery, UsageQuery>? change = null)
    {
        var query = new UsageQuery { Account = "acme", GroupBy = by };
        var rows = await store.ReadAsync(change?.Invoke(query) ?? query);
        return [.. rows.Select(row => Group(row) + string.Create(CultureInfo.InvariantCulture,
            $"{row.Sums.Count} runs, {row.Sums.RowsRead} read, {row.Sums.SqlTime.TotalMilliseconds} ms"))];
    }

    private static string Group(UsageRow row)
    {
        var group = row.DatabaseName ?? row.TokenName ?? row.Statement ?? row.Bucket?.Hour.ToString(CultureInfo.InvariantCulture);
        return group is null ? "" : group + ": ";
    }

    private static async Task<string[]> StatementsAsync(UsageStore store) =>
        [.. (await store.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Statement }))
            .Select(row => row.Statement!).Order(StringComparer.Ordinal)];
}

using Microsoft.Extensions.DependencyInjection;
using Shoal.Engine.Catalog;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Server.Usage;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Usage;

public sealed class UsageMeterTests
{
    [Fact]
    public async Task Requests_failures_bytes_and_sizes_count_per_token()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        var reader = await server.ClientWithAsync(TokenPermission.Read);
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");
        var reply = await reader.QueryAsync(id, "SELECT * FROM t");
        await reader.QueryAsync(id, "SELECT * FROM nope");

        await MeterOf(server).FlushAsync();

        var rows = await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Token });
        var read = rows.Single(row => row.TokenName == "test").Sums;
        Assert.Equal((2, 1, reply.Text.Length), (read.Count, read.Errors, read.ResponseBytes));
        Assert.Equal((1, 0), (rows.Single(row => row.TokenName == "development").Sums.Count, 0));
        var statements = await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Statement });
        Assert.Equal(1, statements.Single(row => row.Statement == "SELECT * FROM nope").Sums.Errors);
        Assert.Equal(8_192, (await server.Engine.Usage.ReadStorageAsync(new UsageQuery { Account = "acme" })).Single().Bytes);
    }

    [Fact]
    public async Task Imports_count_as_what_they_wrote()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/upload?format=sql",
            new StringContent("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3);"));

        await MeterOf(server).FlushAsync();

        var row = (await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Statement })).Single();
        Assert.Equal("(import)", row.Statement);
        Assert.True(row.Sums.RowsWritten >= 3);
        Assert.Equal(0, row.Sums.Alone);
    }

    [Theory]
    [InlineData("sql", 3, 3)]
    [InlineData("csv&table=t", 2, 2)]
    [InlineData("sqlite", 0, 0)]
    public async Task Exports_count_the_rows_they_read_and_their_bytes(string format, int rowsRead, int rowsReturned)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2); CREATE TABLE u(b); INSERT INTO u VALUES (3)");
        await MeterOf(server).FlushAsync();
        var size = (await server.Engine.Usage.ReadStorageAsync(new UsageQuery { Account = "acme" })).Single().Bytes;
        var reader = await server.ClientWithAsync(TokenPermission.Read);

        var file = await reader.SendAsync(HttpMethod.Get, $"{reader.Databases}/{id}/download?format={format}");
        await MeterOf(server).FlushAsync();

        var token = (await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Token }))
            .Single(row => row.TokenName == "test").Sums;
        Assert.Equal((1, 1, 0), (token.Count, token.Reads, token.Writes));
        Assert.Equal((rowsRead, 0), (token.RowsRead, token.RowsWritten));
        Assert.InRange(token.ResponseBytes, 1, long.MaxValue);
        var statement = (await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Statement }))
            .Single(row => row.Statement == "(export)").Sums;
        Assert.Equal((rowsReturned, 0), (statement.RowsReturned, statement.Alone));
        Assert.Equal(size, (await server.Engine.Usage.ReadStorageAsync(new UsageQuery { Account = "acme" })).Single().Bytes);
        Assert.NotEmpty(file.Text);
    }

    [Fact]
    public async Task The_meter_writes_by_itself_after_its_interval()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "SELECT 1");
        Assert.Empty(await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme" }));

        clock.Advance(MeterLimits.FlushInterval);

        // The turn that the clock began is waited for by one of our own.
        await MeterOf(server).FlushAsync();
        Assert.Equal(1, (await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme" })).Single().Sums.Count);
    }

    [Fact]
    public async Task Stopping_writes_what_is_left_and_the_next_start_knows_it()
    {
        using var folder = new TempFolder();
        await using (var server = await TestServer.StartAsync(options => options.DataFolder = folder.Combine("data")))
        {
            await server.Client.QueryAsync(await server.Client.CreateAsync("shop"), "SELECT 1");
        }

        await using var again = await TestServer.StartAsync(options => options.DataFolder = folder.Combine("data"));
        Assert.Equal(1, (await again.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme" })).Single().Sums.Count);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_adds_to_the_hour_it_shows()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "SELECT 1");
        await MeterOf(server).FlushAsync();
        clock.Advance(TimeSpan.FromHours(3));
        await server.Client.QueryAsync(id, "SELECT 1");
        clock.Jump(TimeSpan.FromHours(-3));
        await server.Client.QueryAsync(id, "SELECT 1");
        await MeterOf(server).FlushAsync();

        var rows = await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Bucket });

        Assert.Equal([(3, 2L), (6, 1L)], rows.OrderBy(row => row.Bucket).Select(row => (row.Bucket!.Value.Hour, row.Sums.Count)));
    }

    /// <summary>
    /// Goal: no request is lost or counted twice while the meter is written. Method: many requests at once, and writes as
    /// fast as they go; the sum must be exact.
    /// </summary>
    [Fact]
    public async Task Writing_while_requests_run_loses_none()
    {
        await using var server = await TestServer.StartAsync();
        var meter = MeterOf(server);
        var databases = Enumerable.Range(0, 50).Select(n => new DatabaseRecord(DatabaseId.NewRandom(), "acme", $"d{n}",
            DateTimeOffset.UnixEpoch, LocationHint: null, Jurisdiction: null, ReadReplication: "disabled")).ToArray();
        var token = new TokenRecord("t", "t", Account: null, [], TokenPermission.Admin, DateTimeOffset.UnixEpoch, ExpiresAt: null);
        using var done = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await meter.FlushAsync();
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var n = 0; n < 20_000; n++)
            {
                meter.Record(new MeteredRequest(databases[(n * 7 + thread) % databases.Length], token,
                    [new("SELECT 1")], [new(1, 0, 1, 0, 1, TimeSpan.Zero)], ResponseBytes: 1, TimeSpan.Zero));
            }
        })));
        await done.CancelAsync();
        await writer;
        await meter.FlushAsync();

        Assert.Equal(0, meter.LostCount);
        Assert.Equal(80_000, (await server.Engine.Usage.ReadAsync(new UsageQuery { Account = "acme" })).Single().Sums.Count);
        Assert.Equal(80_000, (await server.Engine.Usage.ReadAsync(
            new UsageQuery { Account = "acme", GroupBy = UsageGrouping.Statement })).Single().Sums.Count);
    }

    private static UsageMeter MeterOf(TestServer server) => server.Server.Services.GetRequiredService<UsageMeter>();
}

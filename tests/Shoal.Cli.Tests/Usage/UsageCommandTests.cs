using Shoal.Engine;
using System.Text.Json;
using Shoal.Server;

namespace Shoal.Cli.Tests.Usage;

public sealed class UsageCommandTests : IAsyncLifetime
{
    private const string Prices =
        """
        {"name": "test", "source": "here", "date": "2026-01-01", "currency": "EUR", "rows_read_per_million": 1000000,
         "rows_written_per_million": 2000000, "storage_per_gb_month": 0, "rows_read_included": 0, "rows_written_included": 0,
         "storage_gb_included": 0}
        """;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Usage is kept by the hour, and the hour may not end within a test.</summary>
    private readonly ManualTimeProvider _clock = new();
    private CommandLine _shoal = null!;
    private ShoalServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ShoalServer.StartAsync(
            new ServerOptions
            {
                DataFolder = _folder.File("data"),
                Urls = ["http://127.0.0.1:0"],
                DevelopmentToken = "development",
                TimeProvider = _clock,
                Limits = new EngineLimits { LogSegmentBytes = 8 * 1024 * 1024 },
            },
            TestContext.Current.CancellationToken);
        _shoal = new CommandLine(_folder.Path) { Time = _clock }.With("SHOAL_URL", _server.Addresses[0]).With("SHOAL_TOKEN", "development");
        await _shoal.OkAsync("db", "create", "app");
        await _shoal.OkAsync("db", "execute", "app", "--command", "CREATE TABLE t(a)");
        await _shoal.OkAsync("db", "execute", "app", "--command", "INSERT INTO t VALUES ('x'), ('y')");
        await _shoal.OkAsync("db", "execute", "app", "--command", "SELECT * FROM t");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Usage_is_shown_by_database_statement_token_and_time()
    {
        var databases = await _shoal.OkAsync("usage");
        Assert.Equal("database\trequests\terrors\trows_read\trows_written\trows_returned\tsql_ms\treply_bytes",
            databases.Split('\n')[0]);
        Assert.StartsWith("app\t3\t0\t", databases.Split('\n')[1], StringComparison.Ordinal);

        var statements = await _shoal.JsonAsync("usage", "app");
        var insert = statements.GetProperty("rows").EnumerateArray()
            .Single(row => row.GetProperty("statement").GetString() == "INSERT INTO t VALUES (?)");
        Assert.Equal(2, insert.GetProperty("rows_written").GetInt64());
        Assert.Equal(64, insert.GetProperty("statement_id").GetString()!.Length);

        Assert.Contains("development (development)\t3\t", await _shoal.OkAsync("usage", "--by", "token"), StringComparison.Ordinal);
        Assert.Single((await _shoal.JsonAsync("usage", "--by", "time")).GetProperty("rows").EnumerateArray());
        Assert.Equal(2, (await _shoal.OkAsync("usage", "app", "--limit", "1")).Trim().Split('\n').Length);
    }

    [Fact]
    public async Task A_data_folder_answers_as_the_server_did()
    {
        var before = (await _shoal.JsonAsync("usage", "app", "--from", "2020-01-01")).GetProperty("rows").GetRawText();
        await _server.DisposeAsync();

        var folder = new CommandLine(_folder.Path) { Time = _clock };
        var after = await folder.JsonAsync("usage", "app", "--from", "2020-01-01", "--data", "data");

        Assert.Equal(before, after.GetProperty("rows").GetRawText());
        Assert.Contains("nothing to suggest", (await folder.RunAsync("insights", "--data", "data")).Error, StringComparison.Ordinal);
        Assert.Contains("rows read", await folder.OkAsync("cost", "--data", "data"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Insights_show_the_statement_and_the_index()
    {
        await _shoal.OkAsync("db", "execute", "app", "--command",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i FROM n");
        for (var n = 0; n < 3; n++)
        {
            await _shoal.OkAsync("db", "execute", "app", "--command", $"SELECT * FROM t WHERE a = {100 + n}");
        }

        foreach (var arguments in (string[][])[["insights", "app"], ["insights"]])
        {
            var text = await _shoal.OkAsync(arguments);
            Assert.Contains("app: One statement on t could use an index on a.", text, StringComparison.Ordinal);
            Assert.Contains("CREATE INDEX idx_t_a ON t(a);", text, StringComparison.Ordinal);
            var json = await _shoal.JsonAsync(arguments);
            Assert.Equal("index_creation", json[0].GetProperty("suggestions")[0].GetProperty("kind").GetString());
        }
    }

    [Fact]
    public async Task Cost_applies_prices_and_compares_periods()
    {
        _folder.Write("prices.json", Prices);
        var d1 = await _shoal.OkAsync("cost");
        Assert.Contains("total\t", d1, StringComparison.Ordinal);
        Assert.Contains("https://developers.cloudflare.com/d1/platform/pricing/", (await _shoal.RunAsync("cost")).Error, StringComparison.Ordinal);

        var total = (await _shoal.JsonAsync("usage")).GetProperty("rows")[0];
        var cost = await _shoal.JsonAsync("cost", "--prices", "prices.json", "--last", "30d", "--compare");
        var periods = cost.GetProperty("periods");
        Assert.Equal(2, periods.GetArrayLength());
        Assert.Equal(0, periods[0].GetProperty("total").GetDecimal());
        Assert.Equal(total.GetProperty("rows_read").GetInt64() + (2 * total.GetProperty("rows_written").GetInt64()),
            (long)Math.Round(periods[1].GetProperty("total").GetDecimal()));
        Assert.Contains("difference", await _shoal.OkAsync("cost", "--compare"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "cannot be used")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("{\"name\": 5}", "\"name\" is missing or no text")]
    [InlineData("{\"name\": \"a\", \"source\": \"b\", \"date\": \"c\", \"currency\": \"d\", \"rows_read_per_million\": -1}",
        "\"rows_read_per_million\" is missing or no number from 0 on")]
    public async Task A_price_file_that_is_wrong_is_told_what(string content, string message)
    {
        _folder.Write("prices.json", content);

        var result = await _shoal.RunAsync("cost", "--prices", "prices.json");

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--last", "yesterday", "it is a time like 24h, 7d or 30d")]
    [InlineData("--from", "noon", "it is a date or a time like")]
    [InlineData("--from", "2999-01-01", "--from must be before --to")]
    [InlineData("--limit", "0", "it is a whole number from 1 on")]
    [InlineData("--by", "colour", "it is database, statement, token or time")]
    public async Task A_wrong_option_is_told_what_is_right(string option, string value, string hint)
    {
        var result = await _shoal.RunAsync("usage", option, value);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(hint, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_numbers_survive_a_round_trip_through_json()
    {
        using var document = JsonDocument.Parse((await _shoal.JsonAsync("usage", "--from", "2020-01-01")).GetRawText());

        Assert.True(document.RootElement.GetProperty("storage_bytes_average").GetDouble() >= 0);
        Assert.True(document.RootElement.GetProperty("rows")[0].GetProperty("sql_ms").GetDouble() > 0);
    }
}

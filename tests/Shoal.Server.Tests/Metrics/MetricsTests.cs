using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Shoal.Engine.Catalog;
using Shoal.Engine.History.Stores;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Metrics;

public sealed partial class MetricsTests
{
    [Fact]
    public async Task What_happens_is_counted_in_valid_text()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");
        await server.Client.QueryAsync(id, "INSERT INTO t VALUES (1), (2)");
        await server.Client.QueryAsync(id, "SELECT * FROM nope");
        await server.Client.GetAsync("/nowhere/" + id);

        var metrics = await ReadAsync(server.Client);

        var query = "http_route=\"/client/v4/accounts/{account}/d1/database/{database}/query\"";
        Assert.Equal(2, metrics.Sum("http_server_request_duration_seconds_count", query + ",http_response_status_code=\"200\""));
        Assert.Equal(1, metrics.Sum("http_server_request_duration_seconds_count", query + ",http_response_status_code=\"400\""));
        Assert.Equal(1, metrics.Sum("http_server_request_duration_seconds_count", "http_route=\"(none)\""));
        Assert.Equal(1, metrics.Sum("http_server_active_requests"));
        Assert.Equal(2, metrics.Sum("storage_writes_total"));
        Assert.Equal(2, metrics.Sum("storage_write_duration_seconds_count"));
        Assert.Equal(2, metrics.Sum("batch_rows_sum"));
        Assert.True(metrics.Sum("shoal_commits_total") >= 2);
        Assert.True(metrics.Sum("shoal_log_written_bytes_total") > 0);
        Assert.True(metrics.Sum("shoal_log_live_bytes") > 0);
        Assert.True(metrics.Sum("shoal_databases_open") >= 1);
        Assert.True(metrics.Sum("dotnet_process_memory_working_set_bytes") > 0);
        Assert.True(metrics.Sum("dotnet_process_cpu_time_seconds_total") > 0);
        Assert.DoesNotContain(metrics.Samples.Keys, sample => sample.Contains(id, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Metrics_need_a_token_that_is_confined_to_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        Assert.Equal(400, (int)(await server.ClientWith(token: null).GetAsync("/metrics")).Status);
        Assert.Equal(403, (int)(await (await server.ClientWithAsync(TokenPermission.Admin, account: "acme")).GetAsync("/metrics")).Status);
        Assert.Equal(403, (int)(await (await server.ClientWithAsync(TokenPermission.Admin, databases: id)).GetAsync("/metrics")).Status);
        Assert.Equal(200, (int)(await (await server.ClientWithAsync(TokenPermission.Read)).GetAsync("/metrics")).Status);
    }

    [Fact]
    public async Task An_address_of_its_own_serves_metrics_without_a_token_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync(options => options.MetricsUrls = ["http://127.0.0.1:0"]);
        using var client = new ApiClient(new Uri(server.Server.MetricsAddresses.Single()), token: null);

        Assert.Contains("shoal_commits_total", (await client.GetAsync("/metrics")).Text, StringComparison.Ordinal);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8",
            (await client.GetAsync("/metrics")).ContentHeaders.ContentType!.ToString());
        Assert.Equal(404, (int)(await client.GetAsync("/health")).Status);
        Assert.Equal(404, (int)(await client.PostAsync("/metrics", "")).Status);
    }

    [Theory]
    [InlineData("http://0.0.0.0:9464")]
    [InlineData("http://example.com:9464")]
    [InlineData("https://127.0.0.1:9464")]
    [InlineData("9464")]
    public async Task An_address_that_others_reach_is_refused_for_metrics(string url)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => TestServer.StartAsync(options => options.MetricsUrls = [url]));

        Assert.Contains($"MetricsUrls: \"{url}\" must be an address of this machine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_of_one_process_count_for_themselves()
    {
        await using var one = await TestServer.StartAsync();
        await using var other = await TestServer.StartAsync();
        await one.Client.QueryAsync(await one.Client.CreateAsync("shop"), "CREATE TABLE t(a)");

        Assert.Equal(1, (await ReadAsync(one.Client)).Sum("storage_writes_total"));
        Assert.Equal(0, (await ReadAsync(other.Client)).Sum("storage_writes_total"));
    }

    /// <summary>Goal: Prometheus' own tool finds nothing to say.</summary>
    [Fact]
    public async Task Promtool_accepts_the_text()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.QueryAsync(await server.Client.CreateAsync("shop"), "CREATE TABLE t(a)");
        var text = (await server.Client.GetAsync("/metrics")).Text;

        var (code, _, errors) = await Promtool.RunAsync(["check", "metrics"], text);

        Assert.Equal((0, ""), (code, errors));
    }

    /// <summary>Goal: a collector gets the metrics. Method: stopping sends them once more, so nothing waits for a minute.</summary>
    [Fact]
    public async Task A_collector_is_sent_the_metrics()
    {
        var received = new TaskCompletionSource<(string Path, byte[] Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var collector = builder.Build();
        collector.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            received.TrySetResult((http.Request.Path, body.ToArray()));
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        await using (var server = await TestServer.StartAsync(options => options.OtlpEndpoint = new Uri(collector.Urls.Single())))
        {
            await server.Client.QueryAsync(await server.Client.CreateAsync("shop"), "CREATE TABLE t(a)");
        }

        var (path, content) = await received.Task;
        Assert.Equal("/v1/metrics", path);
        Assert.Contains("shoal.commits", System.Text.Encoding.Latin1.GetString(content), StringComparison.Ordinal);
    }

    /// <summary>Goal: the page of metrics, the alerts and the dashboard name what there is. Method: compare with a real scrape.</summary>
    [Fact]
    public async Task Documentation_alerts_and_dashboard_name_metrics_that_exist()
    {
        var names = (await EverythingAsync()).Types;
        var page = await File.ReadAllTextAsync(Checkout.Combine("docs/reference/metrics.md"), TestContext.Current.CancellationToken);
        var ofServer = page[..page.IndexOf("## Of the .NET client", StringComparison.Ordinal)];
        var documented = Row().Matches(ofServer).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value, StringComparer.Ordinal);

        Assert.Equal(names.OrderBy(each => each.Key, StringComparer.Ordinal), documented.OrderBy(each => each.Key, StringComparer.Ordinal));
        foreach (var file in (string[])["deploy/prometheus/shoal-alerts.yml", "deploy/grafana/shoal-dashboard.json"])
        {
            var used = Used().Matches(await File.ReadAllTextAsync(Checkout.Combine(file), TestContext.Current.CancellationToken))
                .Select(match => Suffix().Replace(match.Value, "")).Distinct().ToArray();
            Assert.NotEmpty(used);
            Assert.All(used, name => Assert.True(names.ContainsKey(name), $"{file} names {name}, which there is not"));
        }
    }

    /// <summary>A scrape in which every metric has a value.</summary>
    private static async Task<PrometheusDocument> EverythingAsync()
    {
        using var store = new TempFolder();
        await using var server = await TestServer.StartAsync(options => options.HistoryStore = new FolderObjectStore(store.Combine("store")));
        await server.Client.QueryAsync(await server.Client.CreateAsync("shop"), "CREATE TABLE t(a)");
        await server.Client.PostAsync("/admin/backup/verify", "{}");
        GC.Collect();
        return await ReadAsync(server.Client);
    }

    private static async Task<PrometheusDocument> ReadAsync(ApiClient client) =>
        PrometheusDocument.Parse((await client.GetAsync("/metrics")).Text);

    [GeneratedRegex(@"^\| `([a-z_:]+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\b(shoal|http_server|storage|batch|dotnet)_[a-z_]+")]
    private static partial Regex Used();

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex Suffix();
}

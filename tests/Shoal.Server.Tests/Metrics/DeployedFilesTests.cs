using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Metrics;

/// <summary>Goal: what <c>deploy/</c> has for Prometheus and Grafana works there.</summary>
public sealed partial class DeployedFilesTests
{
    private const string Alerts = "deploy/prometheus/shoal-alerts.yml";
    private const string AlertTests = "tests/Shoal.Server.Tests/Metrics/alerts.yml";

    /// <summary>Method: each alert is given numbers of an instance that deserves it and of one that just does not.</summary>
    [Fact]
    public async Task Every_alert_is_raised_where_it_should_be_and_nowhere_else()
    {
        using var folder = new TempFolder();
        File.Copy(Checkout.Combine(AlertTests), folder.Combine("alerts.yml"));
        File.Copy(Checkout.Combine(Alerts), folder.Combine("shoal-alerts.yml"));

        var (code, output, errors) = await Promtool.RunAsync(["test", "rules", folder.Combine("alerts.yml")]);

        Assert.True(code == 0, output + errors);
        var tested = TestedAlert().Matches(await File.ReadAllTextAsync(Checkout.Combine(AlertTests), TestContext.Current.CancellationToken));
        var alerts = Alert().Matches(await File.ReadAllTextAsync(Checkout.Combine(Alerts), TestContext.Current.CancellationToken));
        Assert.NotEmpty(alerts);
        Assert.Equal(alerts.Select(static match => match.Groups[1].Value).Order(StringComparer.Ordinal),
            tested.Select(static match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("rules", Alerts)]
    [InlineData("config", "deploy/prometheus/shoal-scrape.yml")]
    public async Task Prometheus_accepts_the_files(string kind, string file)
    {
        var (code, output, errors) = await Promtool.RunAsync(["check", kind, Checkout.Combine(file)]);

        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public async Task The_dashboard_is_json_with_a_query_in_every_panel()
    {
        var text = await File.ReadAllTextAsync(Checkout.Combine("deploy/grafana/shoal-dashboard.json"), TestContext.Current.CancellationToken);
        var panels = JsonNode.Parse(text)!["panels"]!.AsArray();

        Assert.NotEmpty(panels);
        Assert.All(panels, panel => Assert.False(string.IsNullOrEmpty((string?)panel!["targets"]![0]!["expr"])));
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel!["id"]!).Distinct().Count());
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"alertname: (\w+)\r?\n\s+exp_alerts:")]
    private static partial Regex TestedAlert();
}

using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Shoal.Cli.Tests.Serving;

public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ShoalProcess.SigTerm)]
    [InlineData(ShoalProcess.SigInt)]
    public async Task It_is_ready_serves_and_stops_cleanly_on_a_signal(string signal)
    {
        using var server = ShoalProcess.Start(_folder.Path, "serve", "--data", "data", "--urls", "http://127.0.0.1:0", "--token", "secret");
        var url = ReadyUrl(await server.ReadUntilAsync("is ready on"));
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        var shoal = new CommandLine(_folder.Path).With("SHOAL_URL", url).With("SHOAL_TOKEN", "secret");
        await shoal.OkAsync("db", "create", "app");

        server.Signal(signal);

        Assert.Equal(0, await server.WaitAsync());
        Assert.Contains("app\t", await new CommandLine(_folder.Path).OkAsync("db", "list", "--data", "data"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dev_prints_a_token_that_works_with_the_lines_to_paste()
    {
        using var server = ShoalProcess.Start(_folder.Path, "serve", "--dev", "--urls", "http://127.0.0.1:0");
        var lines = await server.ReadUntilAsync("is ready on");
        var exports = lines.Where(line => line.StartsWith("export ", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ').Skip(1)).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", exports["CLOUDFLARE_API_TOKEN"]);
        var reply = await http.GetAsync(
            $"{exports["CLOUDFLARE_API_BASE_URL"]}/accounts/{exports["CLOUDFLARE_ACCOUNT_ID"]}/d1/database",
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.True(Directory.Exists(_folder.File("data")));

        server.Signal(ShoalProcess.SigTerm);
        Assert.Equal(0, await server.WaitAsync());
    }

    [Fact]
    public async Task With_json_one_line_says_that_it_is_ready_and_where()
    {
        using var server = ShoalProcess.Start(_folder.Path, "serve", "--dev", "--urls", "http://127.0.0.1:0", "--json");
        var lines = await server.ReadUntilAsync("\"ready\":true");
        using var ready = JsonDocument.Parse(Assert.Single(lines));
        var shoal = new CommandLine(_folder.Path).With("SHOAL_URL", ready.RootElement.GetProperty("urls")[0].GetString()!)
            .With("SHOAL_TOKEN", ready.RootElement.GetProperty("token").GetString()!);

        Assert.Equal(0, (await shoal.JsonAsync("db", "list")).GetArrayLength());
        server.Signal(ShoalProcess.SigTerm);
        Assert.Equal(0, await server.WaitAsync());
    }

    [Fact]
    public async Task Without_any_token_it_starts_and_says_how_to_make_one()
    {
        using var server = ShoalProcess.Start(_folder.Path, "serve", "--urls", "http://127.0.0.1:0");
        await server.ReadUntilAsync("is ready on");
        server.Signal(ShoalProcess.SigTerm);

        Assert.Equal(0, await server.WaitAsync());
        Assert.Contains("shoal token create", server.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_said_and_is_a_failure()
    {
        using var first = ShoalProcess.Start(_folder.Path, "serve", "--data", "one", "--urls", "http://127.0.0.1:0", "--token", "t");
        var url = ReadyUrl(await first.ReadUntilAsync("is ready on"));

        var second = await new CommandLine(_folder.Path).RunAsync("serve", "--data", "two", "--urls", url, "--token", "t");

        Assert.Equal(ExitCode.Failed, second.ExitCode);
        Assert.Contains("the port is in use", second.Error, StringComparison.Ordinal);
        first.Signal(ShoalProcess.SigTerm);
        Assert.Equal(0, await first.WaitAsync());
    }

    [Fact]
    public async Task A_folder_in_use_is_said_and_is_a_failure()
    {
        using var first = ShoalProcess.Start(_folder.Path, "serve", "--data", "one", "--urls", "http://127.0.0.1:0", "--token", "t");
        await first.ReadUntilAsync("is ready on");

        var second = await new CommandLine(_folder.Path).RunAsync("serve", "--data", "one", "--urls", "http://127.0.0.1:0", "--token", "t");

        Assert.Equal(ExitCode.Failed, second.ExitCode);
        Assert.Contains("is in use by process", second.Error, StringComparison.Ordinal);
        first.Signal(ShoalProcess.SigTerm);
        Assert.Equal(0, await first.WaitAsync());
    }

    private static string ReadyUrl(IReadOnlyList<string> lines) =>
        lines[^1].Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal));
}

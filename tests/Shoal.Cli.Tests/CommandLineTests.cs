using System.Text.Json;

namespace Shoal.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Commands =>
    [
        "serve", "demo", "usage", "insights", "cost",
        "items create-table", "items put", "items get", "items query", "items scan", "items export", "items import",
        "db", "db create", "db list", "db info", "db delete", "db execute", "db import", "db export",
        "db history", "db restore", "db fork", "db bookmark", "db bookmark create", "db bookmark list", "db bookmark delete",
        "migrations", "migrations create", "migrations list", "migrations apply", "token", "token create", "token list",
        "token revoke", "sync", "sync check", "sync plan", "sync apply", "sync run", "sync status", "sync resync",
        "sync verify", "sync pause", "sync resume", "sync dead-letters", "sync job", "sync job run", "sync job list", "sync job status", "sync demo",
        "audit", "doctor", "restore", "history", "history probe", "backup", "backup verify", "lint", "log", "log dump", "config", "config print", "version",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_shows_examples_of_that_very_command(string command)
    {
        var help = await new CommandLine(_folder.Path).OkAsync([.. command.Split(' '), "--help"]);

        var examples = help[help.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains($"  shoal {command}", examples, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_is_covered_by_the_help_test()
    {
        var help = await new CommandLine(_folder.Path).OkAsync("--help");

        var listed = help[(help.IndexOf("Commands:", StringComparison.Ordinal) + 10)..]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal);
        Assert.Equal(Commands.Select(row => row.Data.Split(' ')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            listed);
    }

    [Fact]
    public async Task Version_is_one_line()
    {
        Assert.Equal($"shoal {CliApplication.Version}\n", await new CommandLine(_folder.Path).OkAsync("version"));
    }

    [Fact]
    public async Task Version_as_json_has_the_version()
    {
        var json = await new CommandLine(_folder.Path).JsonAsync("version");

        Assert.Equal(CliApplication.Version, json.GetProperty("version").GetString());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("db")]
    [InlineData("db", "nonsense")]
    [InlineData("db", "create")]
    [InlineData("db", "list", "--nonsense")]
    [InlineData("db", "execute", "app")]
    [InlineData("db", "execute", "app", "--command", "SELECT 1", "--file", "x.sql")]
    [InlineData("db", "import", "app", "x.xml")]
    [InlineData("db", "export", "app", "--output", "x.csv")]
    [InlineData("db", "export", "app", "--output", "-", "--format", "sqlite")]
    [InlineData("db", "list", "--data", "x", "--url", "http://127.0.0.1:1")]
    [InlineData("db", "list", "--url", "ftp://127.0.0.1", "--token", "t")]
    [InlineData("db", "list", "--url", "http://127.0.0.1:1")]
    [InlineData("token", "create", "--name", "x", "--permission", "everything")]
    [InlineData("token", "create", "--name", "x", "--expires", "soon", "--data", "x")]
    [InlineData("serve", "--query-timeout", "0s")]
    [InlineData("serve", "--urls", "127.0.0.1")]
    [InlineData("serve", "--max-body", "lots")]
    [InlineData("serve", "--min-free", "little")]
    [InlineData("serve", "--history-upload-interval", "100ms")]
    [InlineData("serve", "--history-store", "ftp://somewhere")]
    [InlineData("serve", "--history-store", "folder", "--history-region", "eu-1")]
    [InlineData("serve", "--history-store", "s3://bucket/node", "--history-endpoint", "http://key:secret@127.0.0.1")]
    [InlineData("restore", "--from", "store")]
    [InlineData("restore", "--from", "store", "--to", "x", "--at", "yesterday")]
    [InlineData("serve", "--items-urls", "127.0.0.1")]
    [InlineData("serve", "--items-auth", "maybe")]
    [InlineData("items", "create-table", "carts")]
    [InlineData("items", "create-table", "carts", "--partition", "user:X")]
    [InlineData("items", "get", "carts", "a", "--data", "x", "--endpoint", "http://127.0.0.1:1")]
    [InlineData("items", "scan", "carts", "--endpoint", "nowhere")]
    [InlineData("doctor")]
    [InlineData("lint", "--rows", "0")]
    [InlineData("lint", "--latency", "soon")]
    [InlineData("log", "dump")]
    [InlineData("serve", "--token", "")]
    public async Task A_wrong_command_line_says_so_gives_a_hint_and_exits_with_2(params string[] arguments)
    {
        var result = await new CommandLine(_folder.Path).RunAsync(arguments);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("\nhint: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task With_json_an_error_is_json_too()
    {
        var result = await new CommandLine(_folder.Path).RunAsync("db", "list", "--data", "nowhere", "--json");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        using var document = JsonDocument.Parse(result.Error);
        var error = document.RootElement.GetProperty("error");
        Assert.Contains("nowhere", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("--data", error.GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_a_usage_error_is_json_too()
    {
        var result = await new CommandLine(_folder.Path).RunAsync("db", "create", "--json");

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        using var document = JsonDocument.Parse(result.Error);
        Assert.NotEmpty(document.RootElement.GetProperty("error").GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task An_interrupted_command_says_so_and_exits_as_shells_expect()
    {
        var shoal = new CommandLine(_folder.Path);
        await shoal.OkAsync("db", "create", "app", "--data", "data");
        shoal.Interrupt = new CancellationToken(canceled: true);

        var result = await shoal.RunAsync("db", "execute", "app", "--data", "data", "--command", "SELECT 1");

        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        Assert.Equal("error: stopped\n", result.Error);
    }

    [Fact]
    public async Task A_missing_data_folder_is_not_created_by_commands_that_read()
    {
        var result = await new CommandLine(_folder.Path).RunAsync("db", "list", "--data", "nowhere");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.False(Directory.Exists(_folder.File("nowhere")));
    }

    [Fact]
    public async Task An_unreachable_server_is_named_with_what_to_do()
    {
        // Port 1 of the loopback interface: nothing listens there.
        var result = await new CommandLine(_folder.Path).RunAsync("db", "list", "--url", "http://127.0.0.1:1", "--token", "t");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("cannot reach http://127.0.0.1:1", result.Error, StringComparison.Ordinal);
        Assert.Contains("shoal serve", result.Error, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using Shoal.Engine;

namespace Shoal.Cli.Tests.Doctor;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_healthy_folder_exits_with_0_and_says_so()
    {
        var shoal = await CreateAsync();

        var output = await shoal.OkAsync("doctor", "data");

        Assert.Contains("\nHealthy; content checked of 2 files, the catalog included; ", output, StringComparison.Ordinal);
        var json = await shoal.JsonAsync("doctor", "data", "--quick");
        Assert.True(json.GetProperty("healthy").GetBoolean());
        Assert.Equal(1, json.GetProperty("databases").GetInt32());
        Assert.Equal(0, json.GetProperty("findings").GetArrayLength());
    }

    [Fact]
    public async Task Problems_exit_with_3_and_each_has_a_hint()
    {
        var shoal = await CreateAsync();
        var file = Directory.EnumerateFiles(_folder.File("data/db"), "*.sqlite", SearchOption.AllDirectories).Single();
        File.Delete(file);

        var result = await shoal.RunAsync("doctor", "data");
        Assert.Equal(ExitCode.ProblemsFound, result.ExitCode);
        Assert.Contains($"problem: database app (", result.Output, StringComparison.Ordinal);
        Assert.Contains("\nhint: Put the file back", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n1 problem; ", result.Output, StringComparison.Ordinal);

        result = await shoal.RunAsync("doctor", "data", "--json");
        Assert.Equal(ExitCode.ProblemsFound, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        var finding = Assert.Single(json.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(("problem", file), (finding.GetProperty("severity").GetString(), finding.GetProperty("file").GetString()));
        Assert.NotEmpty(finding.GetProperty("hint").GetString()!);
    }

    [Fact]
    public async Task A_folder_that_is_open_or_none_at_all_exits_with_1()
    {
        var shoal = await CreateAsync();
        await using (await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = _folder.File("data") }))
        {
            var open = await shoal.RunAsync("doctor", "data");
            Assert.Equal(ExitCode.Failed, open.ExitCode);
            Assert.Contains($"is in use by process {Environment.ProcessId}", open.Error, StringComparison.Ordinal);
            Assert.Contains("hint: stop the server first", open.Error, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Failed, (await shoal.RunAsync("log", "dump", "data")).ExitCode);
        }

        var none = await shoal.RunAsync("doctor", "nowhere");
        Assert.Equal(ExitCode.Failed, none.ExitCode);
        Assert.False(Directory.Exists(_folder.File("nowhere")));
        Assert.Equal(ExitCode.Failed, (await shoal.RunAsync("doctor", "data", "--temp", "nowhere")).ExitCode);
    }

    [Fact]
    public async Task The_dump_lists_commits_with_names_and_can_be_narrowed()
    {
        var shoal = await CreateAsync();

        var all = await RecordsAsync(shoal);
        Assert.Equal("checkpoint", all[0].GetProperty("kind").GetString());
        Assert.True(all[0].GetProperty("opened").GetBoolean());
        Assert.All(all, record => Assert.True(record.GetProperty("chain_ok").GetBoolean()));

        var mine = await RecordsAsync(shoal, "--database", "app", "--pages");
        Assert.Equal([1, 2], mine.Select(record => record.GetProperty("commit").GetInt32()));
        Assert.All(mine, record => Assert.Equal("app", record.GetProperty("name").GetString()));
        Assert.All(mine, record => Assert.Equal(
            record.GetProperty("pages").GetInt32(), record.GetProperty("page_numbers").GetArrayLength()));
        Assert.Equal(2, (await RecordsAsync(shoal, "--database", mine[0].GetProperty("database").GetString()!)).Count);

        var rest = await RecordsAsync(shoal, "--from", mine[1].GetProperty("position").GetString()!);
        Assert.Equal(mine[1].GetProperty("position").GetString(), rest[0].GetProperty("position").GetString());
        Assert.Single(await RecordsAsync(shoal, "--limit", "1"));

        var text = await shoal.OkAsync("log", "dump", "data", "--database", "app");
        Assert.StartsWith("position\tkind\tdatabase\tname\tcommit\t", text, StringComparison.Ordinal);
        Assert.Equal(3, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        shoal.Terminal = true;
        Assert.Contains("╭", (await shoal.With("TERM", "xterm").OkAsync("log", "dump", "data")), StringComparison.Ordinal);
        Assert.Contains("Healthy", await shoal.OkAsync("doctor", "data"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dump_goes_on_behind_damage_and_says_where_the_chain_breaks()
    {
        var shoal = await CreateAsync();
        var second = (await RecordsAsync(shoal))[1];
        using (var file = File.OpenHandle(second.GetProperty("file").GetString()!, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(file, [0xFF], second.GetProperty("offset").GetInt64() + 40);
        }

        var records = await RecordsAsync(shoal);

        Assert.Equal([true, false], records.Take(2).Select(record => record.GetProperty("chain_ok").GetBoolean()));
        Assert.DoesNotContain(second.GetProperty("position").GetString(), records.Select(record => record.GetProperty("position").GetString()));
        Assert.Equal(ExitCode.ProblemsFound, (await shoal.RunAsync("doctor", "data")).ExitCode);
    }

    [Theory]
    [InlineData("--from", "x")]
    [InlineData("--from", "1:2:3")]
    [InlineData("--limit", "0")]
    public async Task A_wrong_filter_is_a_usage_error(string option, string value)
    {
        var shoal = await CreateAsync();

        Assert.Equal(ExitCode.Usage, (await shoal.RunAsync("log", "dump", "data", option, value)).ExitCode);
    }

    private static async Task<List<JsonElement>> RecordsAsync(CommandLine shoal, params string[] options) =>
        [.. (await shoal.OkAsync(["log", "dump", "data", "--json", .. options])).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.Clone())];

    private async Task<CommandLine> CreateAsync()
    {
        await (await DatabaseEngine.OpenAsync(
            new EngineOptions { DataFolder = _folder.File("data"), Durability = DurabilityMode.Log })).DisposeAsync();
        var shoal = new CommandLine(_folder.Path);
        await shoal.OkAsync("db", "create", "app", "--data", "data");
        await shoal.OkAsync("db", "execute", "app", "--data", "data", "--command", "CREATE TABLE t(a)");
        await shoal.OkAsync("db", "execute", "app", "--data", "data", "--command", "INSERT INTO t VALUES (1)");
        return shoal;
    }
}

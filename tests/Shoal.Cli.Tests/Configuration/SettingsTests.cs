using System.Text.Json;

namespace Shoal.Cli.Tests.Configuration;

public sealed class SettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_anything_every_setting_is_its_default()
    {
        var settings = await PrintAsync(new CommandLine(_folder.Path));

        Assert.Equal(("http://127.0.0.1:8787", "default"), settings["url"]);
        Assert.Equal((null, "default"), settings["token"]);
        Assert.Equal(("shoal", "default"), settings["account"]);
        Assert.Equal(("30s", "default"), settings["query-timeout"]);
        Assert.All(settings.Values, setting => Assert.Equal("default", setting.Origin));
    }

    [Fact]
    public async Task A_flag_wins_over_the_environment_and_that_over_the_profile()
    {
        WriteProfile("""{"url": "http://profile:1", "account": "profile", "query-timeout": "3s"}""");
        var shoal = new CommandLine(_folder.Path).With("SHOAL_ACCOUNT", "environment").With("SHOAL_URL", "http://environment:2");

        var settings = await PrintAsync(shoal, "--url", "http://flag:3");

        Assert.Equal(("http://flag:3", "flag"), settings["url"]);
        Assert.Equal(("environment", "environment"), settings["account"]);
        Assert.Equal(("3s", "profile"), settings["query-timeout"]);
    }

    [Theory]
    [InlineData("--token")]
    [InlineData(null)]
    public async Task A_token_is_never_printed(string? flag)
    {
        WriteProfile("""{"token": "secret-of-the-profile"}""");
        string[] arguments = flag is null ? ["config", "print"] : ["config", "print", flag, "secret-of-the-flag"];

        foreach (var format in (string[][])[[], ["--json"]])
        {
            var result = await new CommandLine(_folder.Path).RunAsync([.. arguments, .. format]);

            Assert.Equal(ExitCode.Ok, result.ExitCode);
            Assert.Contains("(set, not shown)", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("secret-of", result.Output + result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_profile_that_others_can_read_is_refused()
    {
        var path = WriteProfile("""{"token": "secret"}""");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var result = await new CommandLine(_folder.Path).RunAsync("config", "print");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("other users can read", result.Error, StringComparison.Ordinal);
        Assert.Contains($"hint: chmod 600 {path}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_setting_can_stand_in_the_profile()
    {
        // A data folder and a server exclude each other.
        var names = (await PrintAsync(new CommandLine(_folder.Path))).Keys.Where(static name => name != "data").ToArray();
        WriteProfile(JsonSerializer.Serialize(names.ToDictionary(static name => name, static _ => "of the profile")));

        var settings = await PrintAsync(new CommandLine(_folder.Path));

        Assert.All(names, name => Assert.Equal("profile", settings[name].Origin));
    }

    [Theory]
    [InlineData("nonsense", "not valid JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"tokn": "x"}""", "unknown setting \"tokn\"")]
    [InlineData("""{"token": 5}""", "must be a string")]
    public async Task A_wrong_profile_is_refused_with_its_mistake(string content, string mistake)
    {
        WriteProfile(content);

        var result = await new CommandLine(_folder.Path).RunAsync("config", "print");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains(mistake, result.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_named_closer_wins_over_a_server()
    {
        var shoal = new CommandLine(_folder.Path).With("SHOAL_URL", "http://127.0.0.1:1");
        await shoal.OkAsync("db", "create", "app", "--data", "here");

        Assert.Contains("app\t", await shoal.OkAsync("db", "list", "--data", "here"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_named_closer_wins_over_a_data_folder()
    {
        var shoal = new CommandLine(_folder.Path).With("SHOAL_DATA", "here");

        var result = await shoal.RunAsync("db", "list", "--url", "http://127.0.0.1:1", "--token", "t");

        Assert.Contains("cannot reach http://127.0.0.1:1", result.Error, StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, (string? Value, string? Origin)>> PrintAsync(CommandLine shoal,
        params string[] arguments)
    {
        JsonElement json = await shoal.JsonAsync(["config", "print", .. arguments]);
        return json.GetProperty("settings").EnumerateArray().ToDictionary(
            setting => setting.GetProperty("name").GetString()!,
            setting => (setting.GetProperty("value").GetString(), setting.GetProperty("origin").GetString()),
            StringComparer.Ordinal);
    }

    private string WriteProfile(string content)
    {
        var path = _folder.Write("home/.config/shoal/profile.json", content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}

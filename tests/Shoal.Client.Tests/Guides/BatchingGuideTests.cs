using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Shoal.Client.Bulk;
using Shoal.Client.D1;

namespace Shoal.Client.Tests.Guides;

/// <summary>Goal: what docs/guides/batching.md shows works. Method: its code is here, run, and compared with the page.</summary>
public sealed partial class BatchingGuideTests
{
    private const string Table = "/usr/share/unicode/UnicodeData.txt";

    [Fact]
    public async Task The_guides_code_imports_the_unicode_table()
    {
        Assert.SkipUnless(File.Exists(Table), "Debian's package unicode-data is not installed");
        await using var fixture = await ClientFixture.StartAsync();
        var address = fixture.Server.Address;
        var token = TestServer.Token;

        using var client = new ShoalClient(new ShoalClientOptions { Address = address, Account = "acme", Token = token });
        var unicode = client.Database("unicode", createIfMissing: true);
        await unicode.ExecAsync("CREATE TABLE characters(codepoint INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL)");
        var characters = File.ReadLines("/usr/share/unicode/UnicodeData.txt").Select(line => line.Split(';'))
            .Select(field => new Character(Convert.ToInt64(field[0], 16), field[1], field[2]));
        var all = characters.ToList();

        var watch = Stopwatch.StartNew();
        var insert = unicode.Prepare("INSERT INTO characters(codepoint, name, category) VALUES (?, ?, ?)");
        foreach (var c in all.Take(100))
        {
            await insert.Bind(c.Codepoint, c.Name, c.Category).RunAsync();
        }

        Tell("row by row", 100, watch);
        await unicode.ExecAsync("DELETE FROM characters");
        watch.Restart();
        foreach (var chunk in all.Chunk(100))
        {
            await unicode.BatchAsync([.. chunk.Select(c => insert.Bind(c.Codepoint, c.Name, c.Category))]);
        }

        Tell("batches of 100", all.Count, watch);
        Assert.Equal(all.Count, await unicode.Prepare("SELECT count(*) FROM characters").FirstAsync<int>());
        await unicode.ExecAsync("DELETE FROM characters");

        watch.Restart();
        var map = new TableMap<Character>("characters")
            .Key("codepoint", c => c.Codepoint)
            .Column("name", c => c.Name)
            .Column("category", c => c.Category);
        var report = await unicode.InsertManyAsync(map, characters);

        Tell("bulk write", all.Count, watch);
        Assert.Equal(all.Count, report.Applied);
        Assert.Equal("DOLPHIN", await unicode.Prepare("SELECT name FROM characters WHERE codepoint = ?").Bind(0x1F42C).FirstAsync<string>());

        await unicode.UpsertManyAsync(map, characters);

        var again = characters.Append(new Character(65, "A TWICE", "Lu"));
        var checkedReport = await unicode.InsertManyAsync(map, again.Skip(all.Count - 1), new BulkOptions
        {
            Atomicity = Atomicity.PerRow,
            RejectedMax = int.MaxValue,
        });
        foreach (var failure in checkedReport.Failures)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(failure.ToString());
        }

        Assert.Equal([0L, 1L], checkedReport.Failures.Select(failure => failure.Index));

        await unicode.ExecAsync("DELETE FROM characters");
        var resumable = new BulkOptions { ResumeName = "unicode 15" };
        await unicode.InsertManyAsync(map, characters, resumable);
        var second = await unicode.InsertManyAsync(map, characters, resumable);

        Assert.Equal(all.Count, second.Skipped);
    }

    [Fact]
    public void Every_line_of_code_in_the_guide_stands_in_this_file()
    {
        var here = File.ReadLines(Path()).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path())!, "../../../docs/guides/batching.md"));
        var lines = CodeBlock().Matches(page).SelectMany(match => match.Groups[1].Value.Split('\n'))
            .Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        Assert.True(lines.Length > 20, "the guide has no code");
        Assert.All(lines, line => Assert.Contains(line, here));
    }

    /// <summary>The numbers on the page come from here.</summary>
    private static void Tell(string what, int rows, Stopwatch watch) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {rows} rows in {watch.Elapsed.TotalSeconds:N3} s, {rows / watch.Elapsed.TotalSeconds:N0} rows/s");

    private static string Path([CallerFilePath] string path = "") => path;

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}

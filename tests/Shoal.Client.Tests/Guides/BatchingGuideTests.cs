using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Shoal.Client.Ado;
using Shoal.Client.Batching;
using Shoal.Client.Buffering;
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
    public async Task The_guides_sources_work()
    {
        await using var fixture = await ClientFixture.StartAsync();
        await using var server = new ShoalConnection(
            $"Database=old;Url={fixture.Server.Address};Account=acme;Token={TestServer.Token};Create If Missing=true");
        await server.OpenAsync();
        await using var oldDatabase = server.CreateCommand();
        oldDatabase.CommandText = "CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO planets VALUES (3, 'Earth'), (4, 'Mars')";
        await oldDatabase.ExecuteNonQueryAsync();
        oldDatabase.CommandText = "SELECT id, name FROM planets";
        using var client = new ShoalClient(new ShoalClientOptions
        {
            Address = fixture.Server.Address, Account = "acme", Token = TestServer.Token,
        });
        var shop = client.Database("shop", createIfMissing: true);
        await shop.ExecAsync("CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE moons(name TEXT PRIMARY KEY, km REAL)");
        using var folder = new TempFolder();
        var path = folder.Combine("moons.csv");
        await File.WriteAllTextAsync(path, "name;km\nMoon;3474.8\nPhobos;\n");

        await using var old = await oldDatabase.ExecuteReaderAsync();
        await shop.InsertManyAsync("planets", RowSource.FromReader(old));

        await using var file = File.OpenRead(path);
        var moons = await RowSource.FromCsvAsync(file, new CsvOptions { Delimiter = ';' });
        await shop.UpsertManyAsync("moons", ["name"], moons);

        Assert.Equal("3 Earth,4 Mars|Moon 3474.8,Phobos -", await shop.Prepare("""
            SELECT (SELECT group_concat(id || ' ' || name) FROM planets) || '|'
                || (SELECT group_concat(name || ' ' || ifnull(km, '-')) FROM moons)
            """).FirstAsync<string>());
    }

    [Fact]
    public async Task The_guides_buffer_writer_and_dead_letters_work()
    {
        using var temporary = new TempFolder();
        await using var fixture = await ClientFixture.StartAsync();
        var folder = temporary.Root;
        var client = fixture.Client;
        var unicode = client.Database("unicode", createIfMissing: true);
        var schema = "CREATE TABLE characters(codepoint INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL)";
        var map = new TableMap<Character>("characters").Key("codepoint", c => c.Codepoint).Column("name", c => c.Name)
            .Column("category", c => c.Category);
        foreach (var name in (string[])["unicode", "So", "Lu"])
        {
            await client.Database(name, createIfMissing: true).ExecAsync(schema);
        }

        await using var buffer = new WriteBuffer<Character>(unicode, map, WriteMode.Upsert(), new WriteBufferOptions<Character>
        {
            BatchRowsMax = 500,
            Linger = TimeSpan.FromMilliseconds(50),
            Failed = items => Console.WriteLine($"{items.Count} rows failed: {items[0].Error.Reason}"),
        });
        await buffer.AddAsync(new Character(0x1F42C, "DOLPHIN", "So"));
        var written = await buffer.WriteAsync(new Character(0x1F433, "SPOUTING WHALE", "So"));
        var flushed = await buffer.FlushAsync();

        Assert.True(written.IsApplied && flushed.IsComplete);
        Assert.Equal(2, await unicode.Prepare("SELECT count(*) FROM characters").FirstAsync<int>());

        Character[] changes = [new(65, "A", "Lu"), new(0x1F42C, "DOLPHIN", "So"), new(65, "LATIN CAPITAL LETTER A", "Lu")];
        await using var writer = new BatchWriter<Character>(client, c => c.Category, map, WriteMode.Upsert(), new()
        {
            CreateMissing = true,
            Order = ItemOrder.PerKey,
            Coalescing = Coalescing.Last,
            Limiter = new WriteLimiter(maxConcurrent: 10, new AdaptiveConcurrency()),
        });
        var results = await writer.WriteBatchAsync(changes);
        var bad = results.Where(result => !result.IsApplied);

        Assert.Empty(bad);
        Assert.Equal([ItemStatus.Superseded, ItemStatus.Applied, ItemStatus.Applied], results.Select(result => result.Status));

        using var letters = new FileDeadLetterStore(Path.Combine(folder, "dead.letters"));
        var options = new WriteBufferOptions<Character> { DeadLetters = letters };
        await using (var refusing = new WriteBuffer<Character>(unicode, map, WriteMode.Insert, options))
        {
            Assert.Equal(ItemStatus.Rejected, (await refusing.WriteAsync(new Character(0x1F42C, "AGAIN", "So"))).Status);
        }

        var replay = await letters.ReplayAsync(client);

        Assert.Equal(new DeadLetterReplay(0, 1, 0), replay);
    }

    [Fact]
    public void Every_line_of_code_in_the_guide_stands_in_this_file()
    {
        var here = File.ReadLines(Source()).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Source())!, "../../../docs/guides/batching.md"));
        var lines = CodeBlock().Matches(page).SelectMany(match => match.Groups[1].Value.Split('\n'))
            .Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        Assert.True(lines.Length > 20, "the guide has no code");
        Assert.All(lines, line => Assert.Contains(line, here));
    }

    /// <summary>The numbers on the page come from here.</summary>
    private static void Tell(string what, int rows, Stopwatch watch) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {rows} rows in {watch.Elapsed.TotalSeconds:N3} s, {rows / watch.Elapsed.TotalSeconds:N0} rows/s");

    private static string Source([CallerFilePath] string path = "") => path;

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}

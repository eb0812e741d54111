using System.Diagnostics;
using System.Globalization;
using Shoal.Items.Operations;
using Shoal.Items.Values;
using Shoal.WriterProcess;

namespace Shoal.Items.Tests;

/// <summary>
/// Goal: after <c>kill -9</c> everything acknowledged is there, nothing is half there, and indexes and stream agree with the items.
/// Method: a process with three writers, whose steps are a function of the seed, killed after a random number of acknowledgements.
/// </summary>
public sealed class KilledItemsTests
{
    private const int Rounds = 6;

    [Fact]
    public async Task Items_indexes_and_stream_survive_the_death_of_their_process()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TempFolder();
        var data = folder.Combine("data");
        for (var round = 0; round < Rounds; round++)
        {
            var table = string.Create(CultureInfo.InvariantCulture, $"round-{round}");
            var acknowledged = await KillAsync(data, table, seed + round, random.Next(5, 400));
            await using var store = await ItemStore.OpenAsync(data, TestContext.Current.CancellationToken);
            await CheckAsync(store, table, seed + round, acknowledged);
        }
    }

    /// <summary>Runs the writers until so many steps are acknowledged; tells each writer's last.</summary>
    private static async Task<int[]> KillAsync(string data, string table, int seed, int steps)
    {
        using var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Shoal.WriterProcess.dll"), "items", data, table,
                seed.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        var last = new int[ItemScript.Writers];
        try
        {
            for (var count = 0; count < steps; count++)
            {
                Note(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken), last);
            }
        }
        finally
        {
            process.Kill();
        }

        // What it had said before it died counts too.
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            Note(line, last);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return last;
    }

    private static void Note(string? line, int[] last)
    {
        var parts = (line ?? throw new InvalidOperationException("the writers have ended by themselves")).Split(' ');
        if (parts is [var writer, { Length: > 0 } step] && int.TryParse(step, CultureInfo.InvariantCulture, out var number))
        {
            last[int.Parse(writer, CultureInfo.InvariantCulture)] = number;
        }
    }

    private static async Task CheckAsync(ItemStore store, string table, int seed, int[] acknowledged)
    {
        var items = await AllAsync(store, table, index: null);
        for (var writer = 0; writer < ItemScript.Writers; writer++)
        {
            var script = new ItemScript(table, seed, writer);
            for (var step = 0; step < acknowledged[writer]; step++)
            {
                _ = script.Next();
            }

            // The step that was under way is there whole, or not at all.
            var found = Describe(items.Where(item => item["pk"].AsText.EndsWith($"-{writer}", StringComparison.Ordinal)));
            var before = Describe(script.Items.Values);
            _ = script.Next();
            Assert.True(found == before || found == Describe(script.Items.Values),
                $"writer {writer} after step {acknowledged[writer]}:\n{found}\nbut there must be\n{before}");
        }

        var coloured = Describe(items.Where(static item => item.ContainsKey("colour")));
        Assert.Equal(coloured, Describe(await AllAsync(store, table, "local")));
        Assert.Equal(coloured, Describe(await AllAsync(store, table, "global")));

        var replayed = new Dictionary<(string, string), Item>();
        foreach (var change in await store.ReadStreamAsync(table, limit: int.MaxValue))
        {
            var key = (change.Key["pk"].AsText, change.Key["sk"].AsText);
            Assert.Equal(change.Old is not null, replayed.Remove(key));
            if (change.New is { } now)
            {
                replayed.Add(key, now);
            }
        }

        Assert.Equal(Describe(items), Describe(replayed.Values));
    }

    private static async Task<List<Item>> AllAsync(ItemStore store, string table, string? index)
    {
        var all = new List<Item>();
        Item? start = null;
        do
        {
            var page = await store.ScanAsync(new QueryRequest { Table = table, Index = index, StartKey = start });
            all.AddRange(page.Items);
            start = page.LastKey;
        }
        while (start is not null);
        return all;
    }

    private static string Describe(IEnumerable<Item> items) => string.Join('\n', items.Select(static item =>
        string.Join(' ', item.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}")))
        .Order(StringComparer.Ordinal));
}

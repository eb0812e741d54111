using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Guides;

/// <summary>Goal: what docs/guides/items.md shows works. Method: its code is here, run, and compared with the page.</summary>
public sealed partial class ItemsGuideTests
{
    [Fact]
    public async Task The_guides_code_does_what_the_guide_says()
    {
        using var folder = new TempFolder();
        var said = new List<string>();
        await RunAsync(folder.Combine("data"), said);
        Assert.Equal(["a1 is taken", "2", "1", "Insert: 1", "Modify: 2", "Modify: 2", "first job; ann has 10; Palermo; visit 1"], said);
    }

    [Fact]
    public void Every_line_of_code_in_the_guide_stands_in_this_file()
    {
        var here = File.ReadLines(Path()).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(Checkout.Combine("docs/guides/items.md"));
        var lines = CodeBlock().Matches(page).SelectMany(match => match.Groups[1].Value.Split('\n'))
            .Select(line => line.Trim().Replace("OpenAsync(\"data\")", "OpenAsync(path)", StringComparison.Ordinal))
                .Where(line => line.Length > 0).ToArray();
        Assert.True(lines.Length > 50, "the guide has no code");
        Assert.All(lines, line => Assert.Contains(line, here));
    }

    private static async Task RunAsync(string path, List<string> said)
    {
        var Console = new Teller(said);
        await using var store = await ItemStore.OpenAsync(path);
        var user = new KeyDefinition("user", AttributeType.S);
        var sku = new KeyDefinition("sku", AttributeType.S);
        await store.CreateTableAsync(new ItemTable { Name = "carts", Key = new KeySchema(user, sku), Attributes = [user, sku] });

        await store.PutAsync("carts", new ItemBuilder().Add("user", "ann").Add("sku", "tea").Add("count", 1).Build());
        var batch = new BatchWriteRequest();
        for (var index = 0; index < 1_000; index++)
        {
            batch.Put("carts", new ItemBuilder().Add("user", "bob").Add("sku", $"{index:D4}").Add("count", index).Build());
        }

        var summary = await store.BatchWriteAutoAsync(batch); // 40 batches of 25, each applied whole or not at all
        Assert.Equal((40, 1_000, 0), (summary.TotalBatches, summary.TotalItems, summary.FailedBatches));
        var page = await store.QueryAsync(new QueryRequest
        {
            Table = "carts",
            KeyCondition = "#u = :u AND sku >= :from",
            Names = new Dictionary<string, string> { ["#u"] = "user" },
            Values = new Dictionary<string, AttributeValue> { [":u"] = AttributeValue.Text("bob"), [":from"] = AttributeValue.Text("0990") },
        });

        var id = new KeyDefinition("id", AttributeType.S);
        await store.CreateTableAsync(new ItemTable { Name = "sessions", Key = new KeySchema(id, Sort: null), Attributes = [id],
            TimeToLive = "expires", Stream = StreamView.NewAndOldImages });
        await store.PutAsync("sessions", new ItemBuilder().Add("id", "a1").Add("visits", 1).Add("expires", 1_900_000_000).Build());

        var once = new WriteOptions { Condition = "attribute_not_exists(id)" };
        try
        {
            await store.PutAsync("sessions", new ItemBuilder().Add("id", "a1").Build(), once);
        }
        catch (ItemException error) when (error.Reason == ItemErrorKind.ConditionalCheckFailed)
        {
            Console.WriteLine("a1 is taken");
        }

        var one = new Dictionary<string, AttributeValue> { [":one"] = AttributeValue.Number(1) };
        var key = new ItemBuilder().Add("id", "a1").Build();
        var updated = await store.UpdateAsync("sessions", key, "SET visits = visits + :one", new WriteOptions { Values = one });
        Console.WriteLine(updated["visits"]);

        await store.TransactWriteAsync(new TransactWriteRequest { Token = "order-6" }
            .Update("sessions", key, "ADD orders :one", new WriteOptions { Values = one, Condition = "attribute_exists(id)" })
            .Put("carts", new ItemBuilder().Add("user", "ann").Add("sku", "milk").Build()));

        var found = await store.BatchGetAsync(new BatchGetRequest()
            .Add("sessions", key).Add("sessions", new ItemBuilder().Add("id", "nobody").Build()));
        Console.WriteLine(found.Find("sessions", key)!["orders"]);

        var last = 0L;
        foreach (var change in await store.ReadStreamAsync("sessions", after: last))
        {
            Console.WriteLine($"{change.Kind}: {change.New?["visits"]}");
            last = change.Sequence;
        }

        await using var values = await ValueStore.OpenAsync(store);
        await values.WriteAsync(Strings.Set("session:a1", "ann", timeToLive: TimeSpan.FromMinutes(30)));
        var visits = await values.WriteAsync(Strings.Increment("visits"));

        await values.WriteAsync(
        [
            Lists.PushRight("queue", "first job", "second job"),
            SortedSets.Increment("scores", "ann", 10),
            Hashes.Set("user:ann", "city", "Palermo"),
            JsonDocuments.Set("profile:ann", """{"name":"Ann","tags":["new"]}"""),
            Geo.Add("places", "Palermo", new GeoPoint(Longitude: 13.361389, Latitude: 38.115556)),
        ]);
        await values.WriteAsync(JsonDocuments.Append("profile:ann", "$.tags", "\"paid\""));

        var job = await values.WriteAsync(Lists.Move("queue", ListEnd.Left, "running", ListEnd.Right));
        var best = await values.ReadAsync(SortedSets.RangeByRank("scores", 0, 9));
        var near = await values.ReadAsync(Geo.Search("places", new GeoPoint(13.4, 38.1), radius: 10_000));
        Console.WriteLine($"{job}; {best[0].Member} has {best[0].Score}; {near[0].Member}; visit {visits}");
        Assert.Equal((40, 10), (summary.TotalBatches, page.Count));
    }

    private static string Path([CallerFilePath] string path = "") => path;

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    /// <summary>Stands in the console's place.</summary>
    private sealed class Teller(List<string> said)
    {
        public void WriteLine(object? what) => said.Add($"{what}");
    }
}

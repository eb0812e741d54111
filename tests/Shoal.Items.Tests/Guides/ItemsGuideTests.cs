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
        Assert.Equal(["ann", "42, 31.5, 21", "1000 items in 40 batches, 0 failed", "1", "a1 is taken", "2", "Insert: 10.5", "Insert: 21",
            "Insert: 31.5", "Insert: 42", "Insert: 52.5", "Insert: 5", "first job; ann has 10; Palermo; visit 1"], said);
    }

    [Fact]
    public void Every_line_of_code_in_the_guide_stands_in_this_file()
    {
        var here = File.ReadLines(Path()).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path())!, "../../../docs/guides/items.md"));
        var lines = CodeBlock().Matches(page).SelectMany(match => match.Groups[1].Value.Split('\n'))
            .Select(line => line.Trim().Replace("\"./data\"", "path", StringComparison.Ordinal)).Where(line => line.Length > 0).ToArray();
        Assert.True(lines.Length > 50, "the guide has no code");
        Assert.All(lines, line => Assert.Contains(line, here));
    }

    private static async Task RunAsync(string path, List<string> said)
    {
        var Console = new Teller(said);
        await using var store = await ItemStore.OpenAsync(path);
        var id = new KeyDefinition("id", AttributeType.S);
        await store.CreateTableAsync(new ItemTable { Name = "sessions", Key = new KeySchema(id, Sort: null), Attributes = [id], TimeToLive = "expires" });

        await store.PutAsync("sessions", new ItemBuilder().Add("id", "a1").Add("user", "ann").Add("visits", 1).Build());
        var session = await store.GetAsync("sessions", new ItemBuilder().Add("id", "a1").Build());
        Console.WriteLine(session!["user"].AsText);

        var user = new KeyDefinition("user", AttributeType.S);
        var at = new KeyDefinition("at", AttributeType.N);
        await store.CreateTableAsync(new ItemTable { Name = "orders", Key = new KeySchema(user, at), Attributes = [user, at], Stream = StreamView.NewAndOldImages });

        var batch = new BatchWriteRequest();
        for (var day = 1; day <= 5; day++)
        {
            batch.Put("orders", new ItemBuilder().Add("user", "ann").Add("at", day).Add("total", 10.50m * day).Build());
        }

        await store.BatchWriteAsync(batch);
        var page = await store.QueryAsync(new QueryRequest
        {
            Table = "orders",
            KeyCondition = "#u = :u AND #at >= :from",
            Filter = "total < :max",
            Names = new Dictionary<string, string> { ["#u"] = "user", ["#at"] = "at" },
            Values = new Dictionary<string, AttributeValue> { [":u"] = AttributeValue.Text("ann"), [":from"] = AttributeValue.Number(2), [":max"] = AttributeValue.Number(45) },
            Backward = true,
        });
        Console.WriteLine(string.Join(", ", page.Items.Select(order => order["total"])));

        var many = new BatchWriteRequest();
        for (var index = 0; index < 1000; index++)
        {
            many.Put("sessions", new ItemBuilder().Add("id", $"s{index}").Add("user", "bob").Build());
        }

        var summary = await store.BatchWriteAutoAsync(many);
        Console.WriteLine($"{summary.TotalItems} items in {summary.TotalBatches} batches, {summary.FailedBatches} failed");

        var found = await store.BatchGetAsync(new BatchGetRequest()
            .Add("sessions", new ItemBuilder().Add("id", "s1").Build())
            .Add("sessions", new ItemBuilder().Add("id", "nobody").Build()));
        Console.WriteLine(found.Items.Count);

        var once = new WriteOptions { Condition = "attribute_not_exists(id)" };
        try
        {
            await store.PutAsync("sessions", new ItemBuilder().Add("id", "a1").Add("user", "eve").Build(), once);
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
            .Put("orders", new ItemBuilder().Add("user", "ann").Add("at", 6).Add("total", 5).Build()));

        var last = 0L;
        foreach (var change in await store.ReadStreamAsync("orders", after: last))
        {
            Console.WriteLine($"{change.Kind}: {change.New?["total"]}");
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

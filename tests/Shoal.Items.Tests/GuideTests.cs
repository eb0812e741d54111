using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Tests;

/// <summary>Goal: the guide's C# works. Method: the page's block must stand in this file, line by line, and runs here.</summary>
public sealed class GuideTests
{
    [Fact]
    public async Task The_guide_does_what_it_says()
    {
        using var folder = new TempFolder();
        await using var store = await ItemStore.OpenAsync(folder.Combine("data"));
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
        var page = await store.QueryAsync(new QueryRequest
        {
            Table = "carts",
            KeyCondition = "#u = :u AND sku >= :from",
            Names = new Dictionary<string, string> { ["#u"] = "user" },
            Values = new Dictionary<string, AttributeValue> { [":u"] = AttributeValue.Text("bob"), [":from"] = AttributeValue.Text("0990") },
        });
        Assert.Equal((40, 1_000, 0), (summary.TotalBatches, summary.TotalItems, summary.FailedBatches));
        Assert.Equal(10, page.Items.Count);
    }

    [Fact]
    public void The_guide_shows_the_code_of_this_file()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Shoal.slnx")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        var page = File.ReadAllText(Path.Combine(root, "docs/guides/items.md"));
        var own = File.ReadAllLines(Path.Combine(root, "tests/Shoal.Items.Tests/GuideTests.cs")).Select(line => line.Trim()).ToHashSet();
        var shown = page.Split("```csharp")[1].Split("```")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.NotEmpty(shown);
        Assert.All(shown.Where(line => !line.Contains("OpenAsync(", StringComparison.Ordinal)), line => Assert.Contains(line, own));
    }
}

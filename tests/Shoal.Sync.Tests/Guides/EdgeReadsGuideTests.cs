using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shoal.Client.D1;
using Shoal.Sync.Tests.Postgres;
using Shoal.Sync.Tests.Runs;

namespace Shoal.Sync.Tests.Guides;

/// <summary>
/// Goal: what docs/guides/edge-reads.md shows works. Method: its tables and its configuration are taken from the page and synced; its
/// C# is here, run, and compared with the page; its Worker is taken from the page and asked.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed partial class EdgeReadsGuideTests(PostgresCluster cluster)
{
    private const string Rows = """
        INSERT INTO categories VALUES ('42', 7, 'Tea'), ('43', 7, 'Other');
        INSERT INTO products VALUES ('42', 1, 7, 'Assam', 4.50), ('42', 2, 7, 'Sencha', 6), ('42', 3, 8, 'Cup', 9), ('43', 1, 7, 'Theirs', 1);
        INSERT INTO site_config VALUES ('42', 'theme', '{"colour": "green"}'), ('42', 'limit', '12345678901234567890');
        INSERT INTO user_roles VALUES ('42', 5, 'clerk'), ('43', 6, 'clerk');
        INSERT INTO role_permissions VALUES ('42', 'clerk', 'orders.refund'), ('43', 'clerk', 'orders.refund');
        INSERT INTO menu_items VALUES ('42', 1, NULL, 'Shop', '/shop', 2), ('42', 2, 1, 'Tea', '/shop/tea', 1), ('42', 3, NULL, 'Home', '/', 1);
        INSERT INTO feature_flags VALUES ('42', 'all', true, 100), ('42', 'none', true, 0), ('42', 'off', false, 100);
        INSERT INTO daily_snapshots VALUES ('42', 'revenue', '2026-01-01', 1), ('42', 'revenue', '2026-01-02', 2.5), ('42', 'visits', '2026-01-02', 9);
        """;

    private static readonly string Page = File.ReadAllText(Checkout.Combine("docs/guides/edge-reads.md"));

    [Fact]
    public async Task The_recipes_read_what_PostgreSQL_has()
    {
        await using var sync = await StartAsync();
        var client = sync.Client;
        var tenant = "42";
        var (category, after, user) = (7, "", 5);
        var db = client.Database("tenant-" + tenant);

        var products = await db.Prepare("""
            SELECT p.id, p.name, p.price, c.name AS category FROM products p JOIN categories c ON c.id = p.category_id
            WHERE p.category_id = ? AND p.name > ? ORDER BY p.name LIMIT 50
            """).Bind(category, after).AllAsync<Product>();
        Assert.Equal([new Product(1, "Assam", 450, "Tea"), new Product(2, "Sencha", 600, "Tea")], products);

        var settings = await db.Prepare("SELECT key, value FROM site_config").AllAsync<Setting>();
        var config = settings.ToDictionary(one => one.Key, one => JsonNode.Parse(one.Value));
        Assert.Equal(("green", "12345678901234567890"), ((string?)config["theme"]!["colour"], config["limit"]!.ToJsonString()));

        var allowed = await db.Prepare("""
            SELECT count(*) FROM user_roles u JOIN role_permissions r ON r.role = u.role WHERE u.user_id = ? AND r.permission = ?
            """).Bind(user, "orders.refund").FirstAsync<long>() > 0;
        Assert.True(allowed);

        var menu = await db.Prepare("""
            WITH RECURSIVE tree(id, title, path, depth, place) AS (
              SELECT id, title, path, 0, printf('%05d', position) FROM menu_items WHERE parent_id IS NULL
              UNION ALL
              SELECT m.id, m.title, m.path, t.depth + 1, t.place || printf('/%05d', m.position) FROM menu_items m JOIN tree t ON m.parent_id = t.id)
            SELECT title, path, depth FROM tree ORDER BY place
            """).AllAsync<Entry>();
        Assert.Equal([new Entry("Home", "/", 0), new Entry("Shop", "/shop", 0), new Entry("Tea", "/shop/tea", 1)], menu);

        var flags = await db.Prepare("""
            SELECT name FROM feature_flags WHERE enabled = 1 AND ((? + length(name)) * 2654435761 % 4294967296) % 100 < percent ORDER BY name
            """).Bind(user).AllAsync<string>();
        Assert.Equal(["all"], flags);

        var series = await db.Prepare("SELECT day, value FROM daily_snapshots WHERE metric = ? AND day >= ? ORDER BY day")
            .Bind("revenue", "2026-01-02").AllAsync<Point>();
        Assert.Equal([new Point("2026-01-02", 2.5)], series);

        var arrived = await db.Prepare("SELECT max(updated_ms) FROM _sync_state").FirstAsync<long>();
        Assert.True(arrived > 0);

        Assert.Equal(["""[{"id":1,"name":"Assam","price":450,"category":"Tea"},{"id":2,"name":"Sencha","price":600,"category":"Tea"}]""",
            """{"limit":12345678901234567000,"theme":{"colour":"green"}}""", "true", "false",
            """[{"title":"Home","path":"/","depth":0},{"title":"Shop","path":"/shop","depth":0},{"title":"Tea","path":"/shop/tea","depth":1}]""",
            """["all"]""", """[{"day":"2026-01-02","value":2.5}]""", "not found"],
            await AskWorkerAsync(sync, "/products?category=7", "/config", "/allowed?user=5&permission=orders.refund",
                "/allowed?user=6&permission=orders.refund", "/menu", "/flags?user=5", "/snapshots?metric=revenue&since=2026-01-02", "/else"));
    }

    [Fact]
    public void Every_line_of_CSharp_on_the_page_runs_here()
    {
        var lines = Blocks("csharp").SelectMany(static block => block.Split('\n')).Select(static line => line.Trim())
            .Where(static line => line.Length > 0).ToList();
        var here = File.ReadLines(Checkout.Combine("tests/Shoal.Sync.Tests/Guides/EdgeReadsGuideTests.cs"))
            .Select(static line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        Assert.True(lines.Count > 20, "the page has no code");
        Assert.All(lines, line => Assert.Contains(line, here));
    }

    private static IEnumerable<string> Blocks(string language) => CodeBlock().Matches(Page)
        .Where(match => match.Groups[1].Value == language).Select(static match => match.Groups[2].Value);

    [GeneratedRegex("```([a-z]+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    /// <summary>The page's tables, with rows, synced as its configuration says.</summary>
    private async Task<SyncFixture> StartAsync()
    {
        using var configuration = JsonDocument.Parse(Assert.Single(Blocks("json")));
        var tables = configuration.RootElement.GetProperty("sources")[0].GetProperty("tables").EnumerateArray();
        var sync = await SyncFixture.CreateAsync(cluster, Assert.Single(Blocks("sql")) + Rows,
            string.Join(", ", tables.Select(static table => table.GetRawText())), account: "shoal");
        sync.More = "\"tenants\": {\"database\": \"tenant-{tenant}\"},";
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        return sync;
    }

    /// <summary>Runs the page's Worker in Node, with the server as its service binding.</summary>
    private static async Task<string[]> AskWorkerAsync(SyncFixture sync, params string[] paths)
    {
        await File.WriteAllTextAsync(Path.Combine(sync.Folder, "worker.mjs"), string.Join('\n', Blocks("js")));
        File.Copy(Checkout.Combine("clients/worker/shoal-d1.mjs"), Path.Combine(sync.Folder, "shoal-d1.mjs"));
        await File.WriteAllTextAsync(Path.Combine(sync.Folder, "ask.mjs"), $$"""
            import worker from './worker.mjs';
            const SHOAL = { fetch: (url, init = {}) => fetch(String(url).replace('http://shoal', '{{sync.Address.ToString().TrimEnd('/')}}'),
              { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: 'Bearer {{TestServer.Token}}' } }) };
            for (const path of {{JsonSerializer.Serialize(paths)}}) {
              console.log(await (await worker.fetch(new Request('https://42.example.com' + path), { SHOAL })).text());
            }
            """);
        using var node = Process.Start(new ProcessStartInfo("node", ["ask.mjs"])
        {
            WorkingDirectory = sync.Folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var error = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(node.ExitCode == 0, await error);
        return output.TrimEnd('\n').Split('\n');
    }

    private sealed record Product(long Id, string Name, long Price, string Category);

    private sealed record Setting(string Key, string Value);

    private sealed record Entry(string Title, string Path, long Depth);

    private sealed record Point(string Day, double Value);
}

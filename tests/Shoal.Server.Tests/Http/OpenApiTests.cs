using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shoal.Server.Http;
using Shoal.Server.Tests.Auth;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Http;

/// <summary>The description of the API says what the server does.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task It_describes_every_route_and_no_other()
    {
        await using var server = await TestServer.StartAsync();
        var document = await DocumentAsync(server);

        var described = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation =>
            $"{operation.Key.ToUpperInvariant()} {path.Key.Replace("{id}", "{item}", StringComparison.Ordinal).Replace("{address}", "{item}", StringComparison.Ordinal)}"));
        var table = server.Server.Services.GetRequiredService<RouteTable>();

        Assert.Equal(table.Routes.Select(route => $"{route.Method} {route.Pattern}").Order(StringComparer.Ordinal),
            described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_says_which_routes_take_no_credentials()
    {
        await using var server = await TestServer.StartAsync();
        var document = await DocumentAsync(server);

        foreach (var route in AccessMatrix.Routes)
        {
            var open = OperationOf(document, route.Method, route.Pattern)["security"] is JsonArray { Count: 0 };

            Assert.Equal((route.Reach is AccessReach.Signed or AccessReach.Everybody || route.TakesPathToken, route.ToString()),
                (open, route.ToString()));
        }
    }

    [Fact]
    public async Task What_the_server_answers_is_as_described()
    {
        await using var server = await TestServer.StartAsync(options => options.Region = "WEUR");
        var document = await DocumentAsync(server);
        var client = server.Client;
        const string Account = "/client/v4/accounts/{account}/d1";
        const string All = Account + "/database";
        const string One = All + "/{database}";
        var shop = await client.CreateAsync("shop");
        var one = $"{client.Databases}/{shop}";
        using var dump = new StringContent("CREATE TABLE u(a);", Encoding.UTF8);
        await ScanAsync(client, shop);
        var etag = "\"etag\":\"9e107d9d372bb6826bd81d3542a419d6\"";
        var token = await client.PostAsync("/admin/tokens", """{"name":"ci","permission":"read"}""");
        (string Method, string Pattern, JsonReply Reply)[] replies =
        [
            ("POST", All, await client.PostAsync(client.Databases, """{"name":"other","primary_location_hint":"weur"}""")),
            ("POST", All, await client.PostAsync(client.Databases, """{"name":"other"}""")),
            ("GET", All, await client.GetAsync(client.Databases)),
            ("GET", One, await client.GetAsync(one)),
            ("GET", One, await client.GetAsync(client.Databases + "/nope")),
            ("PUT", One, await client.SendAsync(HttpMethod.Put, one, """{"read_replication":{"mode":"auto"}}""")),
            ("PATCH", One, await client.SendAsync(HttpMethod.Patch, one, "{}")),
            ("POST", One + "/query", await client.QueryAsync(shop, "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, x'01'); SELECT * FROM t")),
            ("POST", One + "/query", await client.QueryAsync(shop, "SELECT nothing")),
            ("POST", One + "/raw", await client.RawAsync(shop, "SELECT * FROM t")),
            ("POST", One + "/import", await client.PostAsync(one + "/import", $$"""{"action":"init",{{etag}}}""")),
            ("POST", One + "/import", await client.PostAsync(one + "/import", """{"action":"poll","current_bookmark":"x"}""")),
            ("POST", One + "/export", await client.PostAsync(one + "/export", """{"output_format":"polling"}""")),
            ("POST", One + "/upload", await client.SendAsync(HttpMethod.Post, one + "/upload?format=sql", dump)),
            ("POST", "/binding/{address}/query", await client.PostAsync($"/binding/{shop}/query", """{"sql":"SELECT 1"}""")),
            ("POST", "/binding/{address}/query", await client.PostAsync($"/binding/{shop}/query", """[{"sql":"SELECT 1"},{"sql":"SELECT 2"}]""")),
            ("POST", "/binding/{address}/execute", await client.PostAsync($"/binding/{shop}/execute?resultsFormat=ROWS_AND_COLUMNS", """{"sql":"SELECT 1"}""")),
            ("POST", "/binding/{address}/query", await client.PostAsync("/binding/nope/query", """{"sql":"SELECT 1"}""")),
            ("GET", "/client/v4/user", await client.GetAsync("/client/v4/user")),
            ("GET", "/client/v4/user/tokens/verify", await client.GetAsync("/client/v4/user/tokens/verify")),
            ("GET", "/client/v4/accounts", await client.GetAsync("/client/v4/accounts")),
            ("GET", "/client/v4/memberships", await client.GetAsync("/client/v4/memberships")),
            ("POST", "/client/v4/graphql", await client.PostAsync("/client/v4/graphql", """{"query":"{ viewer { accounts(filter: {accountTag: \"acme\"}) { d1AnalyticsAdaptiveGroups(limit: 1, filter: {}) { count } } } }"}""")),
            ("GET", One + "/insights", await client.GetAsync(one + "/insights?filter=recommendations")),
            ("GET", Account + "/insights", await client.GetAsync("/client/v4/accounts/acme/d1/insights?filter=recommendations")),
            ("GET", Account + "/usage", await client.GetAsync("/client/v4/accounts/acme/d1/usage?by=database,time")),
            ("GET", Account + "/usage", await client.GetAsync("/client/v4/accounts/acme/d1/usage?by=database,statement")),
            ("GET", Account + "/usage", await client.GetAsync("/client/v4/accounts/acme/d1/usage?by=token")),
            ("POST", "/admin/tokens", token),
            ("GET", "/admin/tokens", await client.GetAsync("/admin/tokens")),
            ("GET", "/admin/audit", await client.GetAsync("/admin/audit")),
            ("DELETE", "/admin/tokens/{id}", await client.DeleteAsync("/admin/tokens/" + (string)token.Result!["id"]!)),
            ("POST", One + "/time_travel/bookmarks", await client.PostAsync(one + "/time_travel/bookmarks", """{"name":"good"}""")),
            ("POST", One + "/time_travel/bookmarks", await client.PostAsync(one + "/time_travel/bookmarks", """{"name":"good"}""")),
            ("GET", One + "/time_travel/bookmarks", await client.GetAsync(one + "/time_travel/bookmarks")),
            ("POST", One + "/query", await client.PostAsync(one + "/query?as_of=good", """{"sql":"SELECT 1"}""")),
            ("DELETE", One + "/time_travel/bookmarks/{id}", await client.DeleteAsync(one + "/time_travel/bookmarks/good")),
            ("POST", "/admin/backup/verify", await client.PostAsync("/admin/backup/verify?sample=2&seed=7", "{}")),
            ("GET", "/health", await client.GetAsync("/health")),
            ("GET", "/health/live", await client.GetAsync("/health/live")),
            ("DELETE", One, await client.DeleteAsync(one)),
        ];

        var schema = new JsonSchema(document);
        foreach (var (method, pattern, reply) in replies)
        {
            var responses = OperationOf(document, method, pattern)["responses"]!;
            var response = responses[((int)reply.Status).ToString(System.Globalization.CultureInfo.InvariantCulture)]
                ?? responses["default"]!;
            var problems = schema.Check(response["content"]!["application/json"]!["schema"]!, reply.Json);
            Assert.True(problems.Count == 0, $"{method} {pattern}: {string.Join("; ", problems)} in {reply}");
        }
    }

    /// <summary>Queries and writes that there is something to say about.</summary>
    private static async Task ScanAsync(ApiClient client, string database)
    {
        await client.QueryAsync(database,
            "CREATE TABLE s(id INTEGER PRIMARY KEY, k, v); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
            + "i < 5000) INSERT INTO s(k, v) SELECT i % 500, i FROM n");
        for (var count = 0; count < 30; count++)
        {
            await client.QueryAsync(database, "SELECT v FROM s WHERE k = ?", count);
        }
    }

    private static async Task<JsonNode> DocumentAsync(TestServer server) =>
        (await server.ClientWith(token: null).GetAsync("/openapi.json")).Json!;

    private static JsonNode OperationOf(JsonNode document, string method, string pattern) =>
        document["paths"]!.AsObject().Single(path => path.Key == pattern
            || (pattern.Contains("{item}", StringComparison.Ordinal)
                && (path.Key == pattern.Replace("{item}", "{id}", StringComparison.Ordinal)
                    || path.Key == pattern.Replace("{item}", "{address}", StringComparison.Ordinal))))
            .Value![method.ToLowerInvariant()]!;
}

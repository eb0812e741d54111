using System.Text.Json.Nodes;
using Shoal.Engine.Catalog;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Analytics;

public sealed class GraphqlTests
{
    /// <summary>As <c>wrangler d1 info</c> asks.</summary>
    private const string Overview = """
        query getD1MetricsOverviewQuery($accountTag: string, $filter: ZoneWorkersRequestsFilter_InputObject) {
          viewer {
            accounts(filter: {accountTag: $accountTag}) {
              d1AnalyticsAdaptiveGroups(limit: 10000, filter: $filter) {
                sum { readQueries writeQueries rowsRead rowsWritten }
                dimensions { datetimeHour }
              }
            }
          }
        }
        """;

    /// <summary>As <c>wrangler d1 insights</c> asks.</summary>
    private const string Insights = """
        query getD1QueriesOverviewQuery($accountTag: string, $filter: ZoneWorkersRequestsFilter_InputObject) {
          viewer {
            accounts(filter: {accountTag: $accountTag}) {
              d1QueriesAdaptiveGroups(limit: 2, filter: $filter, orderBy: [sum_rowsRead_DESC]) {
                sum { queryDurationMs rowsRead rowsWritten rowsReturned }
                avg { queryDurationMs rowsRead rowsWritten rowsReturned }
                count
                dimensions { query databaseId }
              }
            }
          }
        }
        """;

    [Fact]
    public async Task The_overview_sums_what_a_database_did_by_the_hour()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");
        await server.Client.QueryAsync(id, "INSERT INTO t VALUES (1), (2), (3)");
        clock.Advance(TimeSpan.FromHours(1));
        await server.Client.QueryAsync(id, "SELECT * FROM t; SELECT 1");
        await server.Client.QueryAsync(id, "SELECT * FROM nope");

        var groups = Groups(await AskAsync(server, Overview, Filter(clock, id)), "d1AnalyticsAdaptiveGroups");

        Assert.Equal(
            """
            [{"sum":{"readQueries":2,"writeQueries":0,"rowsRead":3,"rowsWritten":0},"dimensions":{"datetimeHour":"2026-01-02T04:00:00Z"}},{"sum":{"readQueries":0,"writeQueries":2,"rowsRead":1,"rowsWritten":5},"dimensions":{"datetimeHour":"2026-01-02T03:00:00Z"}}]
            """, groups.ToJsonString());
    }

    [Fact]
    public async Task Insights_order_statements_and_cut_the_list()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");
        await server.Client.QueryAsync(id, "INSERT INTO t VALUES (1), (2), (3), (4)");
        await server.Client.QueryAsync(id, "SELECT a FROM t WHERE a > ?", 2);
        await server.Client.QueryAsync(id, "SELECT a FROM t WHERE a > ?", 3);
        await server.Client.QueryAsync(id, " SELECT a FROM t LIMIT 2 ");

        var groups = Groups(await AskAsync(server, Insights, Filter(clock, id)), "d1QueriesAdaptiveGroups");

        Assert.Equal(["SELECT a FROM t WHERE a > ?: 2 times, 8 read, 3 returned",
                "SELECT a FROM t LIMIT ?: 1 times, 2 read, 2 returned"],
            groups.Select(row => $"{row!["dimensions"]!["query"]}: {row["count"]} times, {row["sum"]!["rowsRead"]} read, "
                + $"{row["sum"]!["rowsReturned"]} returned"));
        Assert.Equal(4, (double)groups[0]!["avg"]!["rowsRead"]!);
        Assert.Equal(id, (string?)groups[0]!["dimensions"]!["databaseId"]);
        Assert.True((double)groups[0]!["sum"]!["queryDurationMs"]! > 0);
    }

    /// <summary>
    /// Goal: what is cut is the last in the order asked for, however much usage there is. Method: more databases and hours than the
    /// meter gives rows at once, and asked for is the one that read least.
    /// </summary>
    [Fact]
    public async Task A_group_comes_first_when_it_was_asked_for_first()
    {
        const int databases = 4_200;
        await using var server = await TestServer.StartAsync();
        var midnight = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
        for (var hour = 0; hour < 24; hour++)
        {
            await server.Engine.Usage.WriteAsync([.. Enumerable.Range(1, databases).Select(n => new RequestUsage(
                new DatabaseId(new Guid(n, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0)), "acme", "name", "token", "token", midnight.AddHours(hour),
                new UsageSums { Count = 1, RowsRead = n }, SizeBytes: 0))], []);
        }

        var reply = await AskAsync(server,
            """
            { viewer { accounts(filter: {accountTag: "acme"}) { d1AnalyticsAdaptiveGroups(limit: 1, orderBy: [sum_rowsRead_ASC]) {
              count sum { rowsRead } dimensions { databaseId date } } } } }
            """, []);

        Assert.Equal(
            """
            [{"count":24,"sum":{"rowsRead":24},"dimensions":{"databaseId":"00000001-0000-0004-0000-000000000000","date":"2026-01-02"}}]
            """, Groups(reply, "d1AnalyticsAdaptiveGroups").ToJsonString());
    }

    [Fact]
    public async Task Statements_are_summed_by_day_when_only_the_day_is_asked_for()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "SELECT 1");
        clock.Advance(TimeSpan.FromHours(1));
        await server.Client.QueryAsync(id, "SELECT 1, 2");
        clock.Advance(TimeSpan.FromDays(1));
        await server.Client.QueryAsync(id, "SELECT 1");

        var reply = await AskAsync(server,
            """
            { viewer { accounts(filter: {accountTag: "acme"}) {
              d1QueriesAdaptiveGroups(orderBy: [date_ASC]) { count dimensions { date } } } } }
            """, []);

        Assert.Equal("""[{"count":2,"dimensions":{"date":"2026-01-02"}},{"count":1,"dimensions":{"date":"2026-01-03"}}]""",
            Groups(reply, "d1QueriesAdaptiveGroups").ToJsonString());
    }

    [Fact]
    public async Task Without_a_database_in_the_filter_the_whole_account_is_summed()
    {
        await using var server = await TestServer.StartAsync();
        var other = server.ClientWith(TestServer.Token, account: "other");
        await server.Client.QueryAsync(await server.Client.CreateAsync("a"), "SELECT 1");
        await server.Client.QueryAsync(await server.Client.CreateAsync("b"), "SELECT 1");
        await other.QueryAsync(await other.CreateAsync("c"), "SELECT 1");

        var reply = await AskAsync(server,
            """{ viewer { accounts(filter: {accountTag: "acme"}) { d1AnalyticsAdaptiveGroups { n: count sum { readQueries } } } } }""",
            []);

        Assert.Equal("""[{"n":2,"sum":{"readQueries":2}}]""", Groups(reply, "d1AnalyticsAdaptiveGroups").ToJsonString());
    }

    [Fact]
    public async Task Hours_outside_the_filter_do_not_count()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "SELECT 1");
        clock.Advance(TimeSpan.FromHours(30));

        Assert.Empty(Groups(await AskAsync(server, Overview, Filter(clock, id)), "d1AnalyticsAdaptiveGroups"));
    }

    [Fact]
    public async Task Storage_is_the_largest_size_of_each_database()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");
        await server.Client.QueryAsync(id, "CREATE TABLE u(a)");

        var reply = await AskAsync(server,
            """
            { viewer { accounts(filter: {accountTag: "acme"}) {
              d1StorageAdaptiveGroups(limit: 5) { max { databaseSizeBytes } dimensions { databaseId } } } } }
            """, []);

        Assert.Equal($$$"""[{"max":{"databaseSizeBytes":12288},"dimensions":{"databaseId":"{{{id}}}"}}]""",
            Groups(reply, "d1StorageAdaptiveGroups").ToJsonString());
    }

    [Theory]
    [InlineData("date_ASC", "12288, 8192")]
    [InlineData("date_DESC", "8192, 12288")]
    [InlineData("max_databaseSizeBytes_ASC", "8192, 12288")]
    [InlineData("max_databaseSizeBytes_DESC", "12288, 8192")]
    public async Task Storage_is_ordered_as_asked(string order, string sizes)
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var large = await server.Client.CreateAsync("large");
        await server.Client.QueryAsync(large, "CREATE TABLE t(a)");
        await server.Client.QueryAsync(large, "CREATE TABLE u(a)");
        clock.Advance(TimeSpan.FromDays(1));
        await server.Client.QueryAsync(await server.Client.CreateAsync("small"), "CREATE TABLE t(a)");

        var reply = await AskAsync(server,
            $$"""
            { viewer { accounts(filter: {accountTag: "acme"}) {
              d1StorageAdaptiveGroups(orderBy: [{{order}}]) { max { databaseSizeBytes } dimensions { date } } } } }
            """, []);

        Assert.Equal(sizes,
            string.Join(", ", Groups(reply, "d1StorageAdaptiveGroups").Select(row => row!["max"]!["databaseSizeBytes"])));
    }

    [Theory]
    [InlineData("date", "2026-01-03")]
    [InlineData("date_geq", "2026-01-03, 2026-01-04")]
    [InlineData("date_gt", "2026-01-04")]
    [InlineData("date_leq", "2026-01-02, 2026-01-03")]
    [InlineData("date_lt", "2026-01-02")]
    public async Task Days_are_chosen_by_date(string filter, string days)
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        for (var day = 0; day < 3; day++)
        {
            await server.Client.QueryAsync(id, "SELECT 1");
            clock.Advance(TimeSpan.FromDays(1));
        }

        var reply = await AskAsync(server,
            $$"""
            { viewer { accounts(filter: {accountTag: "acme"}) {
              d1AnalyticsAdaptiveGroups(filter: { {{filter}}: "2026-01-03" }, orderBy: [date_ASC]) { dimensions { date } } } } }
            """, []);

        Assert.Equal(days,
            string.Join(", ", Groups(reply, "d1AnalyticsAdaptiveGroups").Select(row => row!["dimensions"]!["date"])));
    }

    [Fact]
    public async Task A_deleted_database_is_forgotten()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "SELECT 1");

        await server.Client.DeleteAsync($"{server.Client.Databases}/{id}");

        Assert.Empty(Groups(await AskAsync(server, Overview, Filter(clock, id)), "d1AnalyticsAdaptiveGroups"));
    }

    [Fact]
    public async Task A_token_of_another_account_or_database_learns_nothing()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        var mine = await server.Client.CreateAsync("mine");
        await server.Client.QueryAsync(id, "SELECT 1");
        var otherAccount = await server.ClientWithAsync(TokenPermission.Read, account: "other");
        var otherDatabase = await server.ClientWithAsync(TokenPermission.Read, databases: mine);

        var denied = await AskAsync(otherAccount, Overview, Filter(clock, id));
        var empty = await AskAsync(otherDatabase, Overview, Filter(clock, id));

        Assert.Equal("403/10000 Authentication error", denied.Failure);
        Assert.Empty(Groups(empty, "d1AnalyticsAdaptiveGroups"));
    }

    [Theory]
    [InlineData("{", "The query cannot be read: the text ends too early (character 2)")]
    [InlineData("mutation { x }", "The query cannot be read: only queries are supported (character 9)")]
    [InlineData("{ viewer { ...f } }", "The query cannot be read: fragments are not supported (character 12)")]
    [InlineData("{ viewer } { viewer }", "The query cannot be read: one operation only (character 12)")]
    [InlineData("{ zones }", "unknown field \"zones\"")]
    [InlineData("""{ viewer { accounts(filter: {accountTag: "acme"}) { workers { count } } } }""", "unknown field \"workers\"")]
    [InlineData("""{ viewer { accounts { d1QueriesAdaptiveGroups { count } } } }""",
        "accounts needs filter: {accountTag: …}")]
    [InlineData("""{ viewer { accounts(filter: {accountTag: "acme"}) { d1QueriesAdaptiveGroups(limit: 0) { count } } } }""",
        "limit must be a number from 1 to 10000")]
    [InlineData("""
        { viewer { accounts(filter: {accountTag: "acme"}) { d1QueriesAdaptiveGroups(filter: {colour: "red"}) { count } } } }
        """, "unknown filter \"colour\"")]
    [InlineData("""
        { viewer { accounts(filter: {accountTag: "acme"}) { d1QueriesAdaptiveGroups(filter: {date_geq: "x"}) { count } } } }
        """, "filter \"date_geq\" must be a date or an instant in ISO 8601")]
    [InlineData("""
        { viewer { accounts(filter: {accountTag: "acme"}) {
          d1StorageAdaptiveGroups(orderBy: [colour_DESC]) { max { databaseSizeBytes } } } } }
        """, "unknown order \"colour_DESC\"")]
    [InlineData("""
        { viewer { accounts(filter: {accountTag: "acme"}) {
          d1StorageAdaptiveGroups(orderBy: [date]) { max { databaseSizeBytes } } } } }
        """, "orderBy \"date\" must end with _ASC or _DESC")]
    public async Task What_cannot_be_answered_is_told_in_errors(string query, string message)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await AskAsync(server, query, []);

        Assert.Equal(200, (int)reply.Status);
        Assert.Null(reply.Json!["data"]);
        Assert.Equal(message, reply.ErrorMessage);
    }

    [Theory]
    [InlineData("""{}""", "query must be a string")]
    [InlineData("""[]""", "query must be a string")]
    [InlineData("""{"query":1}""", "query must be a string")]
    [InlineData("""{"query":"{ x }","variables":{"a\ud800":1}}""", "a string holds a surrogate without its partner")]
    [InlineData("""{"query":"\ud800"}""", "a string holds a surrogate without its partner")]
    [InlineData("""{"query":""", "the body is not a valid JSON object (line 1, byte 10)")]
    public async Task A_body_that_is_no_query_is_refused(string body, string message)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync("/client/v4/graphql", body);

        Assert.Equal("400/7400 The request is malformed: " + message, reply.Failure);
    }

    [Fact]
    public async Task Members_that_repeat_count_once()
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync("/client/v4/graphql",
            """{"query":"{ nope }","query":"{ zones }","variables":{"a":1,"a":2}}""");

        Assert.Equal("unknown field \"zones\"", reply.ErrorMessage);
    }

    [Fact]
    public async Task Deep_nesting_is_refused()
    {
        await using var server = await TestServer.StartAsync();

        var reply = await AskAsync(server, string.Concat(Enumerable.Repeat("{a", 5_000)), []);

        Assert.StartsWith("The query cannot be read: more than 16 levels", reply.ErrorMessage, StringComparison.Ordinal);
    }

    private static JsonObject Filter(ManualTimeProvider clock, string database) => new()
    {
        ["AND"] = new JsonArray(new JsonObject
        {
            ["datetimeHour_geq"] = clock.GetUtcNow().AddHours(-24).ToString("O"),
            ["datetimeHour_leq"] = clock.GetUtcNow().ToString("O"),
            ["databaseId"] = database,
        }),
    };

    private static JsonArray Groups(JsonReply reply, string dataSet) =>
        reply.Json?["data"]?["viewer"]?["accounts"]?[0]?[dataSet]?.AsArray()
        ?? throw new InvalidOperationException(reply.ToString());

    private static Task<JsonReply> AskAsync(TestServer server, string query, JsonObject filter) =>
        AskAsync(server.Client, query, filter);

    private static Task<JsonReply> AskAsync(ApiClient client, string query, JsonObject filter) =>
        client.PostAsync("/client/v4/graphql", new JsonObject
        {
            ["query"] = query,
            ["variables"] = new JsonObject { ["accountTag"] = "acme", ["filter"] = filter },
        }.ToJsonString());
}

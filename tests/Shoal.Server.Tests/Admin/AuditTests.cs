using System.Text;
using System.Text.Json.Nodes;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Admin;

public sealed class AuditTests
{
    [Fact]
    public async Task Every_administrative_act_is_noted_with_who_what_when_and_from_where()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.CreateOnUse = true;
        });
        var admin = await server.Engine.Tokens.CreateAsync("ops", account: null, [], TokenPermission.Admin, expiresAt: null);
        var client = server.ClientWith(admin.Secret);
        clock.Advance(TimeSpan.FromHours(1));

        var token = await client.PostAsync("/admin/tokens", """{"name":"ci","account":"acme","permission":"write"}""");
        var shop = await client.CreateAsync("shop");
        await client.SendAsync(HttpMethod.Patch, $"{client.Databases}/{shop}", """{"read_replication":{"mode":"auto"}}""");
        using var dump = new StringContent("CREATE TABLE t(a);", Encoding.UTF8, "application/sql");
        await client.SendAsync(HttpMethod.Post, $"{client.Databases}/{shop}/upload?format=sql", dump);
        await client.PostAsync("/binding/used/query", """{"sql":"SELECT 1"}""");
        await client.DeleteAsync($"{client.Databases}/{shop}");
        await client.DeleteAsync($"/admin/tokens/{(string)token.Result!["id"]!}");

        var entries = (await client.GetAsync("/admin/audit")).Result!.AsArray().Reverse().ToList();
        Assert.Equal(
            [
                "server.start", "token.create", "database.create", "database.update", "database.import", "database.create",
                "database.delete", "token.revoke",
            ],
            entries.Select(entry => (string)entry!["action"]!));
        Assert.All(entries.Skip(1), entry =>
        {
            Assert.Equal(admin.Record.Id, (string?)entry!["actor"]);
            Assert.Equal("127.0.0.1", (string?)entry["origin"]);
            Assert.Equal(clock.GetUtcNow(), (DateTimeOffset)entry["at"]!);
        });
        Assert.Equal(shop, (string?)entries[2]!["subject"]);
        Assert.Equal("shop", (string?)entries[6]!["detail"]!["name"]);
        Assert.True((bool)entries[0]!["detail"]!["development_token"]!);
        Assert.Equal(7, (await client.GetAsync($"/admin/audit?since={clock.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}")).Result!.AsArray().Count);
        Assert.Equal("token.revoke", (string?)(await client.GetAsync("/admin/audit?limit=1")).Result!.AsArray().Single()!["action"]);
    }

    [Fact]
    public async Task What_is_done_with_the_past_of_a_database_is_noted()
    {
        await using var server = await TestServer.StartAsync();
        var shop = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(shop, "CREATE TABLE t(a)");
        var travel = $"{server.Client.Databases}/{shop}/time_travel";

        await server.Client.PostAsync($"{travel}/bookmarks", """{"name":"before"}""");
        await server.Client.PostAsync($"{travel}/restore?bookmark=before", "{}");
        await server.Client.DeleteAsync($"{travel}/bookmarks/before");
        await server.Client.DeleteAsync($"{travel}/bookmarks/before");

        var entries = (await server.Client.GetAsync("/admin/audit")).Result!.AsArray().Reverse().Skip(2).ToList();
        Assert.Equal(["bookmark.create", "database.restore", "bookmark.delete"], entries.Select(entry => (string)entry!["action"]!));
        Assert.All(entries, entry => Assert.Equal(shop, (string?)entry!["subject"]));
        Assert.Equal("before", (string?)entries[2]!["detail"]!["bookmark"]);
    }

    [Fact]
    public async Task No_secret_stands_in_the_audit_log()
    {
        await using var server = await TestServer.StartAsync();
        var token = await server.Client.PostAsync("/admin/tokens", """{"name":"ci","permission":"write"}""");

        var text = (await server.Client.GetAsync("/admin/audit")).Text;

        Assert.DoesNotContain((string)token.Result!["secret"]!, text, StringComparison.Ordinal);
        Assert.DoesNotContain(TestServer.Token, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_refused_is_not_noted_as_done()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("shop");

        await server.Client.PostAsync(server.Client.Databases, """{"name":"shop"}""");
        await server.Client.DeleteAsync("/admin/tokens/nope");
        await (await server.ClientWithAsync(TokenPermission.Read)).DeleteAsync(server.Client.Databases + "/shop");

        Assert.Equal(["database.create", "server.start"], (await server.Client.GetAsync("/admin/audit")).Result!.AsArray()
            .Select(entry => (string)entry!["action"]!));
    }

    [Fact]
    public async Task An_administrator_of_an_account_sees_the_acts_on_that_account()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("mine");
        await server.ClientWith(TestServer.Token, "other").CreateAsync("theirs");

        var entries = (await (await server.ClientWithAsync(TokenPermission.Admin, "acme")).GetAsync("/admin/audit")).Result!;

        Assert.Equal("mine", (string?)entries.AsArray().Single()!["detail"]!["name"]);
    }

    [Fact]
    public async Task The_log_survives_a_restart_and_forgets_the_oldest_first()
    {
        using var folder = new TempFolder();
        for (var start = 0; start < 3; start++)
        {
            await using var server = await TestServer.StartAsync(options =>
            {
                options.DataFolder = folder.Combine("data");
                options.Limits = new EngineLimits { AuditEntriesMax = 5 };
            });
            await server.Client.CreateAsync($"first-{start}");
            await server.Client.CreateAsync($"second-{start}");
        }

        await using var last = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder.Combine("data") });
        var names = (await last.Audit.ListAsync(since: null, limit: 100))
            .Select(record => (string?)JsonNode.Parse(record.Entry.Detail)!["name"] ?? record.Entry.Action);

        Assert.Equal(["second-2", "first-2", "server.start", "second-1", "first-1"], names);
    }

    [Theory]
    [InlineData("limit=0", "limit must be a whole number from 1 to 10000")]
    [InlineData("limit=10001", "limit must be a whole number from 1 to 10000")]
    [InlineData("limit=x", "limit must be a whole number from 1 to 10000")]
    [InlineData("since=yesterday", "since must be an instant such as 2027-01-31T00:00:00Z")]
    public async Task A_question_that_makes_no_sense_is_refused(string query, string reason)
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal($"400/7400 The request is malformed: {reason}",
            (await server.Client.GetAsync("/admin/audit?" + query)).Failure);
    }
}

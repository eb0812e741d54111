using System.Text.Json.Nodes;
using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Auth;

/// <summary>What nobody else may read stands in no log, no error and no reply.</summary>
public sealed class SecrecyTests
{
    private const string Parameter = "value-that-only-its-owner-may-see";

    [Fact]
    public async Task No_route_writes_a_secret_into_a_log_or_a_reply()
    {
        using var log = new CapturedLog();
        var secrets = new List<string> { TestServer.Token, "shoal_never-existed-0123456789", Parameter };
        var replies = new List<string>();
        await using (var server = await TestServer.StartAsync(options => options.LoggerFactory = log))
        {
            var shop = await server.Client.CreateAsync("shop");
            var live = await server.Engine.Tokens.CreateAsync("live", account: null, [], TokenPermission.Read, expiresAt: null);
            var revoked = await server.Engine.Tokens.CreateAsync("old", account: null, [], TokenPermission.Admin, expiresAt: null);
            await server.Engine.Tokens.RevokeAsync(revoked.Record.Id);
            var posted = await server.Client.PostAsync("/admin/tokens", """{"name":"posted","permission":"admin"}""");
            secrets.AddRange([live.Secret, revoked.Secret, (string)posted.Result!["secret"]!]);

            foreach (var secret in secrets)
            {
                foreach (var route in AccessMatrix.Routes)
                {
                    // A file is downloaded as it is, and a deleted database could be asked for nothing more.
                    if (route is { Method: "DELETE", Reach: AccessReach.Database })
                    {
                        continue;
                    }

                    var sql = $"SELECT nothing FROM nowhere WHERE x = '{Parameter}'";
                    replies.Add((await AccessMatrix.SendAsync(server.ClientWith(secret), route, shop, sql: sql)).ToString());
                    replies.Add((await AccessMatrix.SendAsync(server.ClientWith(token: null), route, shop, secret)).ToString());
                    replies.Add((await server.ClientWith(token: null).GetAsync($"{route.Pattern}/{secret}@shop?t={secret}")).ToString());
                    replies.Add((await server.Client.SendAsync(new HttpMethod(route.Method),
                        route.Pattern.Replace("{account}", "acme", StringComparison.Ordinal)
                            .Replace("{database}", live.Secret, StringComparison.Ordinal)
                            .Replace("{item}", live.Secret, StringComparison.Ordinal) + "?x=1", "{}")).ToString());
                }
            }

            secrets.Add(await SignatureAsync(server, shop));
            await server.Client.QueryAsync(shop, "INSERT INTO nowhere VALUES (?)", Parameter);
        }

        Assert.NotEmpty(log.Messages);
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(log.Messages, message => message.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain(replies, reply => reply.Contains(secret, StringComparison.Ordinal));
        }
    }

    /// <summary>Uses the URL of an import's upload, rightly and wrongly; what made it valid.</summary>
    private static async Task<string> SignatureAsync(TestServer server, string database)
    {
        var start = await server.Client.PostAsync($"{server.Client.Databases}/{database}/import",
            new JsonObject { ["action"] = "init", ["etag"] = "d41d8cd98f00b204e9800998ecf8427e" }.ToJsonString());
        var url = new Uri((string)start.Result!["upload_url"]!);
        var signature = url.Query[(url.Query.IndexOf("signature=", StringComparison.Ordinal) + 10)..];
        var client = server.ClientWith(token: null);
        Assert.DoesNotContain(signature, (await client.GetAsync(url.PathAndQuery)).Text, StringComparison.Ordinal);
        using var content = new StringContent("not what the etag says");
        Assert.DoesNotContain(signature,
            (await client.SendAsync(HttpMethod.Put, url.PathAndQuery, content)).Text, StringComparison.Ordinal);
        Assert.Equal("403/10000 The URL's signature is not valid",
            (await client.SendAsync(HttpMethod.Put, url.PathAndQuery.Replace("uploads/", "uploads/x", StringComparison.Ordinal),
                "{}")).Failure);
        return signature;
    }
}

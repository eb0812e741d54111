using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Shoal.Server.Items.Auth;

namespace Shoal.Items.Tests.Server;

public sealed class AuthTests
{
    [Fact]
    public async Task Verified_signatures_reach_the_database_of_their_key_and_no_other()
    {
        using var folder = new TempFolder();
        var keys = folder.Combine("keys");
        await File.WriteAllTextAsync(keys, "# tenants\nKEYANN secret-ann acme ann\nKEYBOB secret-bob acme bob\n");
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using var server = await ItemsServer.StartAsync(options =>
        {
            options.ItemsAuth = ItemsAuthMode.Verify;
            options.ItemsKeysPath = keys;
            options.CreateOnUse = true;
        });
        using var ann = server.Client("KEYANN", "secret-ann");
        using var bob = server.Client("KEYBOB", "secret-bob");
        await ann.CreateTableAsync("tab", [new("pk", KeyType.HASH)], [new("pk", ScalarAttributeType.S)], new ProvisionedThroughput(1, 1));
        Assert.Equal(["tab"], (await ann.ListTablesAsync()).TableNames);
        Assert.True((await bob.ListTablesAsync()).TableNames is null or { Count: 0 });

        using var wrong = server.Client("KEYANN", "secret-bob");
        Assert.Equal("InvalidSignatureException",
            (await Assert.ThrowsAsync<AmazonDynamoDBException>(() => wrong.ListTablesAsync())).ErrorCode);
        using var unknown = server.Client("KEYEVE", "secret-eve");
        Assert.Equal("UnrecognizedClientException",
            (await Assert.ThrowsAsync<AmazonDynamoDBException>(() => unknown.ListTablesAsync())).ErrorCode);
        Assert.StartsWith("InvalidSignatureException: Signature expired: 20130101T000000Z is now earlier than",
            await server.ErrorAsync("ListTables", "{}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_signature_a_request_is_told_so()
    {
        await using var server = await ItemsServer.StartAsync();
        var (status, body, _) = await server.SendAsync("ListTables", "{}", request => request.Headers.Remove("Authorization"));
        Assert.Equal(400, status);
        Assert.Equal("com.amazon.coral.service#MissingAuthenticationTokenException", (string?)body!["__type"]);
        await using var open = await ItemsServer.StartAsync(options => options.ItemsAuth = ItemsAuthMode.None);
        Assert.Equal(200, (await open.SendAsync("ListTables", "{}", request => request.Headers.Remove("Authorization"))).Status);
    }
}

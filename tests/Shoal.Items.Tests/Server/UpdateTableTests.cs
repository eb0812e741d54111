namespace Shoal.Items.Tests.Server;

public sealed class UpdateTableTests
{
    [Fact]
    public async Task The_reply_shows_capacity_as_it_was_and_the_description_as_it_is()
    {
        await using var server = await ItemsServer.StartAsync();
        await server.SendAsync("CreateTable",
            """
            {"TableName": "tab", "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5},
             "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}
            """);
        var (_, reply, _) = await server.SendAsync("UpdateTable",
            """{"TableName": "tab", "ProvisionedThroughput": {"ReadCapacityUnits": 30, "WriteCapacityUnits": 15}}""");
        Assert.Equal("UPDATING", (string)reply!["TableDescription"]!["TableStatus"]!);
        Assert.Equal(10, (int)reply["TableDescription"]!["ProvisionedThroughput"]!["ReadCapacityUnits"]!);
        var (_, described, _) = await server.SendAsync("DescribeTable", """{"TableName": "tab"}""");
        var throughput = described!["Table"]!["ProvisionedThroughput"]!;
        Assert.Equal((30, 15), ((int)throughput["ReadCapacityUnits"]!, (int)throughput["WriteCapacityUnits"]!));
        Assert.True((double)throughput["LastIncreaseDateTime"]! > 0);
        Assert.StartsWith("ValidationException: The provisioned throughput for the table will not change.",
            await server.ErrorAsync("UpdateTable",
                """{"TableName": "tab", "ProvisionedThroughput": {"ReadCapacityUnits": 30, "WriteCapacityUnits": 15}}"""),
            StringComparison.Ordinal);
    }
}

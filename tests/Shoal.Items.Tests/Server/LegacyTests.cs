using System.Text.Json.Nodes;

namespace Shoal.Items.Tests.Server;

/// <summary>The parameters that came before expressions.</summary>
public sealed class LegacyTests : IAsyncLifetime
{
    private ItemsServer _server = null!;

    [Fact]
    public async Task Attribute_updates_put_add_and_delete()
    {
        await OkAsync("UpdateItem",
            """
            {"TableName": "tab", "Key": {"a": {"S": "x"}, "b": {"N": "1"}}, "AttributeUpdates": {
              "n": {"Action": "ADD", "Value": {"N": "5"}}, "s": {"Action": "ADD", "Value": {"SS": ["p", "q"]}}, "t": {"Value": {"S": "text"}}}}
            """);
        var updated = await OkAsync("UpdateItem",
            """
            {"TableName": "tab", "Key": {"a": {"S": "x"}, "b": {"N": "1"}}, "ReturnValues": "ALL_NEW", "AttributeUpdates": {
              "n": {"Action": "ADD", "Value": {"N": "-7.5"}}, "s": {"Action": "DELETE", "Value": {"SS": ["p"]}}, "t": {"Action": "DELETE"}}}
            """);
        Assert.Equal("""{"a":{"S":"x"},"b":{"N":"1"},"n":{"N":"-2.5"},"s":{"SS":["q"]}}""", updated["Attributes"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"v": {"Value": {"N": "1"}}}""", true)]
    [InlineData("""{"v": {"Value": {"N": "2"}}}""", false)]
    [InlineData("""{"v": {"Exists": false}}""", false)]
    [InlineData("""{"w": {"Exists": false}}""", true)]
    [InlineData("""{"v": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "0"}, {"N": "1.0"}]}}""", true)]
    [InlineData("""{"v": {"ComparisonOperator": "IN", "AttributeValueList": [{"N": "3"}, {"N": "2"}]}}""", false)]
    [InlineData("""{"v": {"ComparisonOperator": "NOT_NULL"}, "w": {"ComparisonOperator": "NULL"}}""", true)]
    public async Task Expected_holds_or_not(string expected, bool holds)
    {
        await OkAsync("PutItem", """{"TableName": "tab", "Item": {"a": {"S": "y"}, "b": {"N": "1"}, "v": {"N": "1"}}}""");
        var (status, body, _) = await _server.SendAsync("DeleteItem",
            """{"TableName": "tab", "Key": {"a": {"S": "y"}, "b": {"N": "1"}}, "Expected": EXPECTED}"""
                .Replace("EXPECTED", expected, StringComparison.Ordinal));
        Assert.Equal(holds ? 200 : 400, status);
        Assert.Equal(holds ? null : "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", (string?)body!["__type"]);
    }

    [Fact]
    public async Task One_condition_is_enough_where_that_is_asked_for()
    {
        await OkAsync("PutItem", """{"TableName": "tab", "Item": {"a": {"S": "z"}, "b": {"N": "1"}, "v": {"N": "1"}}}""");
        await OkAsync("PutItem",
            """
            {"TableName": "tab", "Item": {"a": {"S": "z"}, "b": {"N": "1"}}, "ConditionalOperator": "OR",
             "Expected": {"v": {"Value": {"N": "9"}}, "w": {"Exists": false}}}
            """);
    }

    [Fact]
    public async Task Key_conditions_and_filters_choose_items_and_pages_have_ends()
    {
        for (var index = 0; index < 9; index++)
        {
            await OkAsync("PutItem", """{"TableName": "tab", "Item": {"a": {"S": "q"}, "b": {"N": "NUMBER"}, "odd": {"BOOL": ODD}}}"""
                .Replace("NUMBER", $"{index - 4}", StringComparison.Ordinal)
                .Replace("ODD", index % 2 == 1 ? "true" : "false", StringComparison.Ordinal));
        }

        const string Conditions =
            """
            "KeyConditions": {"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "q"}]},
              "b": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "-2"}]}},
            "QueryFilter": {"odd": {"ComparisonOperator": "NE", "AttributeValueList": [{"BOOL": true}]}}
            """;
        var page = await OkAsync("Query", $$"""{"TableName": "tab", "Limit": 4, {{Conditions}}}""");
        Assert.Equal(["-2", "0"], page["Items"]!.AsArray().Select(item => (string)item!["b"]!["N"]!));
        Assert.Equal("""{"a":{"S":"q"},"b":{"N":"1"}}""", page["LastEvaluatedKey"]!.ToJsonString());
        var rest = await OkAsync("Query",
            $$"""{"TableName": "tab", "ExclusiveStartKey": {{page["LastEvaluatedKey"]!.ToJsonString()}}, {{Conditions}}}""");
        Assert.Equal(["2", "4"], rest["Items"]!.AsArray().Select(item => (string)item!["b"]!["N"]!));
        Assert.Null(rest["LastEvaluatedKey"]);
    }

    [Fact]
    public async Task A_page_ends_at_a_megabyte_before_the_filter()
    {
        var text = new string('x', 300_000);
        for (var index = 0; index < 5; index++)
        {
            await OkAsync("PutItem", """{"TableName": "tab", "Item": {"a": {"S": "big"}, "b": {"N": "NUMBER"}, "x": {"S": "TEXT"}}}"""
                .Replace("NUMBER", $"{index}", StringComparison.Ordinal).Replace("TEXT", text, StringComparison.Ordinal));
        }

        var page = await OkAsync("Query",
            """
            {"TableName": "tab", "KeyConditionExpression": "a = :a", "FilterExpression": "attribute_not_exists(x)",
             "ExpressionAttributeValues": {":a": {"S": "big"}}, "ReturnConsumedCapacity": "TOTAL"}
            """);
        Assert.Equal(0, (int)page["Count"]!);
        Assert.Equal(4, (int)page["ScannedCount"]!);
        Assert.Equal("3", (string)page["LastEvaluatedKey"]!["b"]!["N"]!);
        Assert.Equal(146.5, (double)page["ConsumedCapacity"]!["CapacityUnits"]!);
    }

    public async ValueTask InitializeAsync()
    {
        _server = await ItemsServer.StartAsync();
        await OkAsync("CreateTable",
            """
            {"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
             "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}, {"AttributeName": "b", "AttributeType": "N"}]}
            """);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<JsonNode> OkAsync(string operation, string body)
    {
        var (status, json, _) = await _server.SendAsync(operation, body);
        Assert.True(status == 200, $"{json}");
        return json!;
    }
}

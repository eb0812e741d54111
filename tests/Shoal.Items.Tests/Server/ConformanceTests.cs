using System.Text.Json.Nodes;

namespace Shoal.Items.Tests.Server;

/// <summary>
/// Goal: answers are those of DynamoDB today where it has changed or where other servers of its protocol differ.
/// Method: a table with indexes of each kind, requests, and what DynamoDB answers.
/// </summary>
public sealed class ConformanceTests : IAsyncLifetime
{
    private const string EmptyKey = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
        + "empty string value. Key: p";

    private const string EmptyIndexKey = "One or more parameter values are not valid. A value specified for a secondary index key is not "
        + "supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: global, IndexKey: g";

    private const string EmptyUpdatedKey = "One or more parameter values are not valid. The update expression attempted to update a "
        + "secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string "
        + "value.";

    private const string TooShort = "failed to satisfy constraint: Member must have length greater than or equal to 1";

    private ItemsServer _server = null!;

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "GetItem", """{"TableName": "table", "Key": {"p": {"S": ""}, "s": {"S": "s"}}}""", EmptyKey },
        { "DeleteItem", """{"TableName": "table", "Key": {"p": {"S": ""}, "s": {"S": "s"}}}""", EmptyKey },
        { "UpdateItem", """{"TableName": "table", "Key": {"p": {"S": ""}, "s": {"S": "s"}}}""", EmptyKey },
        { "BatchGetItem", """{"RequestItems": {"table": {"Keys": [{"p": {"S": ""}, "s": {"S": "s"}}]}}}""", EmptyKey },
        { "BatchWriteItem", """{"RequestItems": {"table": [{"DeleteRequest": {"Key": {"p": {"S": ""}, "s": {"S": "s"}}}}]}}""", EmptyKey },
        { "PutItem", """{"TableName": "table", "Item": {"p": {"S": "p"}, "s": {"S": "s"}, "g": {"S": ""}}}""", EmptyIndexKey },
        { "TransactWriteItems", """{"TransactItems": [{"Put": {"TableName": "table", "Item": {"p": {"S": "p"}, "s": {"S": "s"}, "g": {"S": ""}}}}]}""",
            EmptyIndexKey },
        { "UpdateItem", """
            {"TableName": "table", "Key": {"p": {"S": "p"}, "s": {"S": "s"}}, "UpdateExpression": "SET g = :g",
             "ExpressionAttributeValues": {":g": {"S": ""}}}
            """, EmptyUpdatedKey },
        { "UpdateItem", """
            {"TableName": "table", "Key": {"p": {"S": "p"}, "s": {"S": "s"}}, "UpdateExpression": "SET g = if_not_exists(x, :g)",
             "ExpressionAttributeValues": {":g": {"S": ""}}}
            """, EmptyUpdatedKey },
        { "TransactWriteItems", """
            {"TransactItems": [{"Update": {"TableName": "table", "Key": {"p": {"S": "p"}, "s": {"S": "s"}}, "UpdateExpression": "SET g = :g",
             "ExpressionAttributeValues": {":g": {"S": ""}}}}]}
            """, EmptyUpdatedKey },
        { "PutItem", """{"TableName": "", "Item": {}}""", $"1 validation error detected: Value '' at 'tableName' {TooShort}" },
        { "UpdateItem", """{"TableName": ""}""", $"2 validation errors detected: Value '' at 'tableName' {TooShort}; Value null at 'key' "
            + "failed to satisfy constraint: Member must not be null" },
        { "PutItem", """{"TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/a!b", "Item": {}}""",
            "1 validation error detected: Value 'arn:aws:dynamodb:us-east-1:000000000000:table/a!b' at 'tableName' failed to satisfy "
            + "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+" },
        { "BatchGetItem", """{"RequestItems": {}, "ReturnConsumedCapacity": "X"}""",
            $"2 validation errors detected: Value at 'RequestItems' {TooShort}; Value 'X' at 'returnConsumedCapacity' failed to satisfy "
            + "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]" },
        { "Query", Query("p = :v AND s > :v AND x = :v"),
            "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)" },
        { "Query", Query("p = :v AND s > :v AND s < :v"),
            "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key" },
        { "Query", """{"TableName": "table", "KeyConditions": {}, "Limit": 1}""", "Conditions can be of length 1 or 2 only" },
        { "Query", """
            {"TableName": "table", "IndexName": "global", "KeyConditionExpression": "g = :v", "ProjectionExpression": "p, x, y.z, i",
             "ExpressionAttributeValues": {":v": {"S": "v"}}}
            """, "One or more parameter values were invalid: Global secondary index global does not project [x, y]" },
        { "Scan", """{"TableName": "table", "IndexName": "global", "AttributesToGet": ["x"]}""",
            "One or more parameter values were invalid: Global secondary index global does not project [x]" },
        { "Query", """{"TableName": "table", "Limit": 0}""",
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1" },
        { "BatchGetItem", """{"RequestItems": {}}""", $"1 validation error detected: Value at 'RequestItems' {TooShort}" },
        { "BatchGetItem", """{"RequestItems": {"table": {"Keys": []}}}""",
            $"1 validation error detected: Value at 'RequestItems.table.member.Keys' {TooShort}" },
        { "BatchGetItem", """{"RequestItems": {"a!b":{"Keys":[{"p":{"S":"a"}}]}}}""",
            """1 validation error detected: Value '{"a!b":{"Keys":[{"p":{"S":"a"}}]}}' at 'requestItems' failed to satisfy constraint: """
            + "Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than "
            + "or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]" },
        { "BatchGetItem", """
            {"RequestItems": {"table": {"Keys": [{"p": {"S": "p"}, "s": {"S": "s"}}], "ProjectionExpression": "x"},
             "other": {"Keys": [{"p": {"S": "p"}}], "AttributesToGet": ["x"]}}}
            """, "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            + "{AttributesToGet} Expression parameters: {ProjectionExpression}" },
        { "BatchWriteItem", """{"RequestItems": {}}""", $"1 validation error detected: Value at 'RequestItems' {TooShort}" },
        { "BatchWriteItem", """{"RequestItems": {"table": []}}""",
            "1 validation error detected: Value '{table=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy "
            + "constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]" },
        { "BatchWriteItem", """{"RequestItems": {"a!b": [{"PutRequest": {"Item": {"p": {"S": "x"}}}}]}}""",
            "1 validation error detected: Value '{a!b=[WriteRequest(putRequest=PutRequest(item={p=AttributeValue(s=x)}))]}' at 'requestItems' "
            + "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member "
            + "must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]" },
        { "CreateTable", """
            {"TableName": "new", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
             "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"},
             {"AttributeName": "c", "KeyType": "RANGE"}]}
            """, "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), KeySchemaElement(attributeName=b, "
            + "keyType=RANGE), KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must "
            + "have length less than or equal to 2" },
        { "CreateTable", """
            {"TableName": "new", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
             "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "GlobalSecondaryIndexes": [{"IndexName": "index",
             "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "Projection": {"ProjectionType": "INCLUDE"}}]}
            """, "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified" },
        { "ExecuteStatement", """{"Statement": "SELECT * FROM \"table\".\"none\""}""", "The table does not have the specified index" },
        { "ExecuteStatement", """{"Statement": "SELECT * FROM \"table\".\"global\"", "ConsistentRead": true}""",
            "Strongly consistent read is not supported on Global Secondary Indexes" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_has_the_text_of_today(string operation, string body, string expected) =>
        Assert.Equal($"ValidationException: {expected}", await _server.ErrorAsync(operation, body));

    [Theory]
    [InlineData("PutItem", """{"TableName": "ARN", "Item": {"p": {"S": "p"}, "s": {"S": "s"}}}""")]
    [InlineData("Scan", """{"TableName": "ARN"}""")]
    [InlineData("DescribeTable", """{"TableName": "ARN"}""")]
    [InlineData("TransactGetItems", """{"TransactItems": [{"Get": {"TableName": "ARN", "Key": {"p": {"S": "p"}, "s": {"S": "s"}}}}]}""")]
    public async Task The_ARN_of_a_table_stands_for_its_name(string operation, string body)
    {
        var (status, _, _) = await _server.SendAsync(operation,
            body.Replace("ARN", "arn:aws:dynamodb:us-east-1:000000000000:table/table", StringComparison.Ordinal));

        Assert.Equal(200, status);
    }

    [Fact]
    public async Task A_query_of_a_local_index_fetches_what_the_index_does_not_have()
    {
        await PutAsync("""{"p": {"S": "p"}, "s": {"S": "s"}, "l": {"S": "l"}, "x": {"S": "x"}, "y": {"S": "y"}}""");

        var (status, reply, _) = await _server.SendAsync("Query", """
            {"TableName": "table", "IndexName": "local", "KeyConditionExpression": "p = :p", "ProjectionExpression": "s, x",
             "ExpressionAttributeValues": {":p": {"S": "p"}}}
            """);

        Assert.Equal(200, status);
        Assert.Equal("""[{"s":{"S":"s"},"x":{"S":"x"}}]""", reply!["Items"]!.ToJsonString());
    }

    [Fact]
    public async Task A_cancelled_transaction_has_its_message_in_the_member_that_is_written_with_a_capital()
    {
        var (status, reply, _) = await _server.SendAsync("TransactWriteItems", """
            {"TransactItems": [{"ConditionCheck": {"TableName": "table", "Key": {"p": {"S": "none"}, "s": {"S": "s"}},
             "ConditionExpression": "attribute_exists(p)"}}]}
            """);

        Assert.Equal(400, status);
        Assert.Equal("Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed]",
            (string?)reply!["Message"]);
        Assert.Null(reply["message"]);
    }

    [Theory]
    [InlineData("REMOVE x", "UPDATED_NEW")]
    [InlineData("SET fresh = p", "UPDATED_OLD")]
    public async Task An_update_that_has_nothing_to_show_shows_no_attributes(string update, string wanted)
    {
        await PutAsync("""{"p": {"S": "p"}, "s": {"S": "s"}, "x": {"S": "x"}}""");

        var (status, reply, _) = await _server.SendAsync("UpdateItem", new JsonObject
        {
            ["TableName"] = "table",
            ["Key"] = JsonNode.Parse("""{"p": {"S": "p"}, "s": {"S": "s"}}"""),
            ["UpdateExpression"] = update,
            ["ReturnValues"] = wanted,
        }.ToJsonString());

        Assert.Equal(200, status);
        Assert.Equal("{}", reply!.ToJsonString());
    }

    [Theory]
    [InlineData("SET x = :v", "v", 1, 0, 0)]
    [InlineData("SET g = :v", "v", 1, 0, 2)]
    [InlineData("SET l = :v", "v", 1, 2, 0)]
    [InlineData("SET i = :v", "v", 1, 0, 1)]
    [InlineData("REMOVE g SET x = :v", "v", 1, 0, 1)]
    [InlineData("SET g = :v", "g", 1, 0, 0)]
    public async Task A_write_is_charged_for_each_index_that_it_changes(string update, string value, int table, int local, int global)
    {
        await PutAsync("""{"p": {"S": "p"}, "s": {"S": "s"}, "l": {"S": "l"}, "g": {"S": "g"}, "i": {"S": "i"}}""");

        var (_, reply, _) = await _server.SendAsync("UpdateItem", new JsonObject
        {
            ["TableName"] = "table",
            ["Key"] = JsonNode.Parse("""{"p": {"S": "p"}, "s": {"S": "s"}}"""),
            ["UpdateExpression"] = update,
            ["ExpressionAttributeValues"] = JsonNode.Parse($$$"""{":v": {"S": "{{{value}}}"}}"""),
            ["ReturnConsumedCapacity"] = "INDEXES",
        }.ToJsonString());

        var expected = new JsonObject
        {
            ["CapacityUnits"] = table + local + global,
            ["TableName"] = "table",
            ["Table"] = new JsonObject { ["CapacityUnits"] = table },
        };
        if (local > 0)
        {
            expected["LocalSecondaryIndexes"] = new JsonObject { ["local"] = new JsonObject { ["CapacityUnits"] = local } };
        }

        if (global > 0)
        {
            expected["GlobalSecondaryIndexes"] = new JsonObject { ["global"] = new JsonObject { ["CapacityUnits"] = global } };
        }

        Assert.Equal(expected.ToJsonString(), reply!["ConsumedCapacity"]!.ToJsonString());
    }

    [Fact]
    public async Task A_transaction_says_whether_it_read_or_wrote()
    {
        var (_, written, _) = await _server.SendAsync("TransactWriteItems", """
            {"ReturnConsumedCapacity": "INDEXES", "TransactItems": [{"Put": {"TableName": "table",
             "Item": {"p": {"S": "t"}, "s": {"S": "s"}, "g": {"S": "g"}}}}]}
            """);
        var (_, read, _) = await _server.SendAsync("TransactGetItems", """
            {"ReturnConsumedCapacity": "TOTAL", "TransactItems": [{"Get": {"TableName": "table", "Key": {"p": {"S": "t"}, "s": {"S": "s"}}}}]}
            """);

        Assert.Equal("""
            [{"CapacityUnits":4,"WriteCapacityUnits":4,"TableName":"table","Table":{"CapacityUnits":2,"WriteCapacityUnits":2},"GlobalSecondaryIndexes":{"global":{"CapacityUnits":2,"WriteCapacityUnits":2}}}]
            """, written!["ConsumedCapacity"]!.ToJsonString());
        Assert.Equal("""[{"CapacityUnits":2,"ReadCapacityUnits":2,"TableName":"table"}]""", read!["ConsumedCapacity"]!.ToJsonString());
    }

    public async ValueTask InitializeAsync()
    {
        _server = await ItemsServer.StartAsync();
        await _server.SendAsync("CreateTable",
            """
            {"TableName": "table", "BillingMode": "PAY_PER_REQUEST",
             "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "S"},
              {"AttributeName": "g", "AttributeType": "S"}, {"AttributeName": "l", "AttributeType": "S"}],
             "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
             "LocalSecondaryIndexes": [{"IndexName": "local", "Projection": {"ProjectionType": "KEYS_ONLY"},
              "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}]}],
             "GlobalSecondaryIndexes": [{"IndexName": "global", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
              "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["i"]}}]}
            """);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string Query(string condition) => new JsonObject
    {
        ["TableName"] = "table",
        ["KeyConditionExpression"] = condition,
        ["ExpressionAttributeValues"] = JsonNode.Parse("""{":v": {"S": "v"}}"""),
    }.ToJsonString();

    private async Task PutAsync(string item)
    {
        var (status, _, _) = await _server.SendAsync("PutItem", $$"""{"TableName": "table", "Item": {{item}}}""");
        Assert.Equal(200, status);
    }
}

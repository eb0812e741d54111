namespace Shoal.Items.Tests.Server;

/// <summary>Goal: errors have DynamoDB's texts and order. Method: a table of requests and the error each must get.</summary>
public sealed class ValidationTests : IAsyncLifetime
{
    private ItemsServer _server = null!;

    public static TheoryData<string, string, string> Cases => new()
    {
        { "PutItem", "{}", "2 validation errors detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null; "
            + "Value null at 'item' failed to satisfy constraint: Member must not be null" },
        { "CreateTable", "{}", "The parameter 'TableName' is required but was not present in the request" },
        { "CreateTable", """{"TableName": "ab"}""",
            "TableName must be at least 3 characters long and at most 255 characters long" },
        { "ListTables", """{"Limit": 101}""", "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: "
            + "Member must have value less than or equal to 100" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"N": ""}}}""", "The parameter cannot be converted to a numeric value" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"N": "1e126"}}}""",
            "Number overflow. Attempting to store a number with magnitude larger than supported range" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"NULL": "no"}}}""",
            "One or more parameter values were invalid: Null attribute value types must have the value of true" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"S": "x", "N": "1"}}}""",
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes" },
        { "PutItem", """{"TableName": "hash", "Item": {"b": {"S": "x"}}}""",
            "One or more parameter values were invalid: Missing the key a in the item" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"N": "1"}}}""",
            "One or more parameter values were invalid: Type mismatch for key a expected: S actual: N" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"S": "x"}}, "ConditionExpression": "((a = a))"}""",
            "Invalid ConditionExpression: The expression has redundant parentheses;" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"S": "x"}}, "ConditionExpression": "abort = :a"}""",
            "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: abort" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"S": "x"}}, "ConditionExpression": "a = :a and foo(b)"}""",
            "Invalid ConditionExpression: Invalid function name; function: foo" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"S": "x"}}, "ConditionExpression": "b = :b", "ExpressionAttributeValues": {":b": {"S": ""}, ":c": {"S": ""}}}""",
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c}" },
        { "PutItem", """{"TableName": "hash", "Item": {"a": {"S": "x"}}, "ConditionExpression": "b = :b", "Expected": {}}""",
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} "
            + "Expression parameters: {ConditionExpression}" },
        { "UpdateItem", """{"TableName": "hash", "Key": {"a": {"S": "x"}}, "UpdateExpression": "SET b = c"}""",
            "The provided expression refers to an attribute that does not exist in the item" },
        { "UpdateItem", """{"TableName": "hash", "Key": {"a": {"S": "x"}}, "UpdateExpression": "SET a = b"}""",
            "One or more parameter values were invalid: Cannot update attribute a. This attribute is part of the key" },
        { "UpdateItem", """{"TableName": "hash", "Key": {"a": {"S": "x"}}, "UpdateExpression": "SET b.c = d, b = d"}""",
            "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; "
            + "path one: [b, c], path two: [b]" },
        { "UpdateItem", """{"TableName": "hash", "Key": {"a": {"S": "x"}}, "UpdateExpression": "SET b = c SET d = e"}""",
            "Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;" },
        { "UpdateItem", """{"TableName": "hash", "Key": {"a": {"S": "x"}}, "UpdateExpression": "SET this is wrong"}""",
            "Invalid UpdateExpression: Syntax error; token: \"is\", near: \"this is wrong\"" },
        { "GetItem", """{"TableName": "hash", "Key": {"b": {"S": "x"}}}""", "The provided key element does not match the schema" },
        { "Query", """{"TableName": "hash", "KeyConditionExpression": "a > :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}""",
            "Query key condition not supported" },
        { "Query", """{"TableName": "hash"}""",
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request." },
        { "Scan", """{"TableName": "hash", "Segment": 1, "TotalSegments": 1}""",
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 1 is not less than TotalSegments: 1" },
        { "Scan", """{"TableName": "hash", "IndexName": "nope"}""", "The table does not have the specified index: nope" },
        { "BatchGetItem", """{"RequestItems": {"hash": {"Keys": [{"a": {"S": "x"}}, {"a": {"S": "x"}}]}}}""",
            "Provided list of item keys contains duplicates" },
        { "BatchWriteItem", """{"RequestItems": {"hash": [{"PutRequest": {"Item": {"b": {"S": "x"}}}}]}}""",
            "The provided key element does not match the schema" },
        { "TransactWriteItems", """{"TransactItems": [{}]}""",
            "The action or operation requested is invalid. Verify that the action is typed correctly." },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_invalid_request_is_told_what_is_wrong(string operation, string body, string expected) =>
        Assert.Equal($"ValidationException: {expected}", await _server.ErrorAsync(operation, body));

    [Theory]
    [InlineData("PutItem", """{"TableName": 1}""", "NUMBER_VALUE cannot be converted to String")]
    [InlineData("PutItem", """{"TableName": 1.5}""", "DECIMAL_VALUE cannot be converted to String")]
    [InlineData("PutItem", """{"Item": []}""",
        "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>")]
    [InlineData("PutItem", """{"Item": {"a": "x"}}""", "Unexpected value type in payload")]
    [InlineData("PutItem", """{"Item": {"a": {"B": "abc"}}}""", "Base64 encoded length is expected a multiple of 4 bytes but found: 3")]
    [InlineData("GetItem", """{"ConsistentRead": "x"}""", "Unexpected token received from parser")]
    [InlineData("CreateTable", """{"KeySchema": {}}""", "Start of structure or map found where not expected")]
    public async Task A_request_of_the_wrong_types_is_told_so(string operation, string body, string expected) =>
        Assert.Equal($"SerializationException: {expected}", await _server.ErrorAsync(operation, body));

    public async ValueTask InitializeAsync()
    {
        _server = await ItemsServer.StartAsync();
        await _server.SendAsync("CreateTable",
            """
            {"TableName": "hash", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}
            """);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

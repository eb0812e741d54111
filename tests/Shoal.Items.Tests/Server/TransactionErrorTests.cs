namespace Shoal.Items.Tests.Server;

/// <summary>What is wrong with one action of a transaction is its reason; an empty key is wrong with the request.</summary>
public sealed class TransactionErrorTests : IAsyncLifetime
{
    private const string Empty =
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a";

    private const string NotTheSchema = "The provided key element does not match the schema";

    private ItemsServer _server = null!;

    public static TheoryData<string, string> Keys => new()
    {
        { """{"Put": {"TableName": "tab", "Item": {"a": {"N": "5"}}}}""",
            "One or more parameter values were invalid: Type mismatch for key a expected: S actual: N" },
        { """{"Put": {"TableName": "tab", "Item": {"b": {"S": "x"}}}}""",
            "One or more parameter values were invalid: Missing the key a in the item" },
        { """{"Delete": {"TableName": "tab", "Key": {"a": {"L": []}}}}""", NotTheSchema },
        { """{"Update": {"TableName": "tab", "Key": {"a": {"N": "5"}}, "UpdateExpression": "REMOVE b"}}""", NotTheSchema },
        { """{"ConditionCheck": {"TableName": "tab", "Key": {}, "ConditionExpression": "attribute_exists(a)"}}""", NotTheSchema },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_key_that_is_not_the_tables_is_the_reason_of_its_action(string action, string message)
    {
        var (status, error, _) = await _server.SendAsync("TransactWriteItems",
            """{"TransactItems": [{"Put": {"TableName": "tab", "Item": {"a": {"S": "good"}}}}, """ + action + "]}");
        Assert.Equal(400, status);
        Assert.EndsWith("#TransactionCanceledException", (string?)error!["__type"], StringComparison.Ordinal);
        Assert.Equal("None,ValidationError", string.Join(',', error["CancellationReasons"]!.AsArray().Select(static one => (string?)one!["Code"])));
        Assert.Equal(message, (string?)error["CancellationReasons"]![1]!["Message"]);
        Assert.Equal("{}", (await _server.SendAsync("GetItem", """{"TableName": "tab", "Key": {"a": {"S": "good"}}}""")).Body!.ToJsonString());
    }

    [Theory]
    [InlineData("TransactWriteItems", """{"Put": {"TableName": "tab", "Item": {"a": {"S": ""}}}}""")]
    [InlineData("TransactWriteItems", """{"Delete": {"TableName": "tab", "Key": {"a": {"S": ""}}}}""")]
    [InlineData("TransactGetItems", """{"Get": {"TableName": "tab", "Key": {"a": {"S": ""}}}}""")]
    public async Task An_empty_key_is_refused_with_the_request(string operation, string action) =>
        Assert.Equal("ValidationException: " + Empty, await _server.ErrorAsync(operation, $$"""{"TransactItems": [{{action}}]}"""));

    [Fact]
    public async Task A_get_with_another_key_cancels_the_transaction() => Assert.Equal(
        "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]",
        await _server.ErrorAsync("TransactGetItems",
            """
            {"TransactItems": [{"Get": {"TableName": "tab", "Key": {"a": {"S": "x"}}}}, {"Get": {"TableName": "tab", "Key": {}}}]}
            """));

    public async ValueTask InitializeAsync()
    {
        _server = await ItemsServer.StartAsync();
        Assert.Equal(200, (await _server.SendAsync("CreateTable",
            """
            {"TableName": "tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}
            """)).Status);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

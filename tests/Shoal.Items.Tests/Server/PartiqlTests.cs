using System.Text.Json.Nodes;

namespace Shoal.Items.Tests.Server;

/// <summary>Goal: PartiQL does what DynamoDB's does. Method: statements over the wire on two small tables.</summary>
public sealed class PartiqlTests : IAsyncLifetime
{
    private const string Malformed = "Statement wasn't well formed, can't be processed: ";

    private ItemsServer _server = null!;

    public static TheoryData<string, string> Selects => new()
    {
        { "SELECT * FROM hash WHERE a = 'x'", """[{"a":{"S":"x"},"m":{"M":{"sub":{"S":"deep"}}},"n":{"N":"5"},"l":{"L":[{"S":"p"},{"S":"q"}]}}]""" },
        { "SELECT a, n FROM \"hash\" WHERE a = 'x'", """[{"a":{"S":"x"},"n":{"N":"5"}}]""" },
        { "SELECT m.sub, l[1] FROM hash WHERE a = 'x'", """[{"sub":{"S":"deep"},"l":{"S":"q"}}]""" },
        { "select a from hash where a in ['x', 'z', 'none'] and not begins_with(a, 'z')", """[{"a":{"S":"x"}}]""" },
        { "SELECT a FROM hash WHERE a IN ('x') AND n BETWEEN 4 AND 6", """[{"a":{"S":"x"}}]""" },
        { "SELECT a FROM hash WHERE n IS MISSING", """[{"a":{"S":"z"}}]""" },
        { "SELECT a FROM hash WHERE n IS NOT MISSING AND n IS NUMBER", """[{"a":{"S":"x"}}]""" },
        { "SELECT a FROM hash WHERE attribute_exists(m.sub) = true OR nul IS NULL AND size(a) = 2", """[{"a":{"S":"x"}}]""" },
        { "SELECT a FROM hash WHERE nul IS NULL", """[{"a":{"S":"z"}}]""" },
        { "SELECT a FROM hash WHERE contains(l, 'q') AND attribute_type(l, 'L')", """[{"a":{"S":"x"}}]""" },
        { "SELECT a FROM hash WHERE a = 'none'", "[]" },
        { "SELECT b FROM pairs WHERE a = 'p' ORDER BY b DESC", """[{"b":{"N":"30"}},{"b":{"N":"20"}},{"b":{"N":"10"}}]""" },
        { "SELECT b FROM pairs WHERE a = 'p' AND b > 1.0e1 -- a note", """[{"b":{"N":"20"}},{"b":{"N":"30"}}]""" },
        { "SELECT b FROM pairs /* a note */ WHERE a = 'p' AND b < .2e2;", """[{"b":{"N":"10"}}]""" },
        { "SELECT b FROM pairs WHERE a = 'p' AND b <> 20", """[{"b":{"N":"10"}},{"b":{"N":"30"}}]""" },
        { "SELECT * FROM pairs.colours WHERE colour = 'red'", """[{"colour":{"S":"red"},"a":{"S":"p"},"b":{"N":"20"}}]""" },
    };

    public static TheoryData<string, string> Refusals => new()
    {
        { "SELECTT * FROM hash", Malformed + "Expected data manipulation" },
        { "SELECT * FROM hash WHERE a = 'x' foo", Malformed + "Unexpected token after expression" },
        { "SELECT * FROM hash WHERE a = 'x' # note", Malformed },
        { "SELECT * FROM hash WHERE a = 'x' /* note", Malformed },
        { "SELECT * FROM hash WHERE a = 'x", Malformed },
        { "SELECT * FROM hash WHERE n = 1e99999999999", Malformed },
        { "SELECT * FROM hash t WHERE a = 'x'", "Aliasing is not supported" },
        { "INSERT INTO hash t VALUE {'a': 'y'}", Malformed + "Unexpected token after expression" },
        { "SELECT * FROM hash WHERE n = 1e126",
            "Number overflow. Attempting to store a number with magnitude larger than supported range under root" },
        { "INSERT INTO hash VALUE {'a': 'y', 'm': {'l': [1, 1e126]}}",
            "Number overflow. Attempting to store a number with magnitude larger than supported range under root.m.l[1]" },
        { "SELECT * FROM hash WHERE n < true",
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL" },
        { "SELECT * FROM hash WHERE attribute_exists('a')",
            "Operator or function requires a document path; operator or function: attribute_exists" },
        { "SELECT * FROM hash WHERE EXISTS(a)", "Unrecognized function: exists at 1:26:6" },
        { "SELECT * FROM hash WHERE a = ?", "Number of parameters in request and statement don't match." },
        { "SELECT size(a) FROM hash", "Unexpected path component at 1:8:4" },
        { "SELECT * FROM pairs ORDER BY b", "Must have WHERE clause in the statement when using ORDER BY clause." },
        { "SELECT c FROM pairs.colours WHERE colour = 'red'",
            "One or more parameter values were invalid: Global secondary index colours does not project [c]" },
        { "UPDATE hash SET n = 1", "Where clause does not contain a mandatory equality on all key attributes" },
        { "DELETE FROM pairs WHERE a = 'p'", "Where clause does not contain a mandatory equality on all key attributes" },
        { "UPDATE hash SET a = 'y' WHERE a = 'x'",
            "One or more parameter values were invalid: Cannot update attribute a. This attribute is part of the key" },
        { "UPDATE hash SET ss = set_add(ss, 'x') WHERE a = 'x'",
            "The second argument to SET_ADD must be a value with type SET at 1:30:2" },
        { "UPDATE hash SET ss = set_add(ss, <<>>) WHERE a = 'x'", "Empty bags are not supported" },
        { "UPDATE hash SET none[0] = 'x' WHERE a = 'x'",
            "The document path provided in the update expression is invalid for update" },
        { "DELETE FROM hash WHERE a = 'x' RETURNING MODIFIED OLD *",
            "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements." },
        { "INSERT INTO hash VALUE {'b': 'y'}", "One or more parameter values were invalid: Missing the key a in the item" },
    };

    [Theory]
    [MemberData(nameof(Selects))]
    public async Task A_select_finds_what_it_asks_for(string statement, string items) =>
        Assert.Equal(JsonNode.Parse(items)!.ToJsonString(), (await RunAsync(statement))["Items"]!.ToJsonString());

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_is_wrong_with_a_statement_is_said_as_DynamoDB_says_it(string statement, string message) =>
        Assert.Equal("ValidationException: " + message, await _server.ErrorAsync("ExecuteStatement", Body(statement)));

    [Fact]
    public async Task Items_are_inserted_once_changed_and_deleted_with_conditions()
    {
        Assert.Equal("[]", (await RunAsync("INSERT INTO hash VALUE {'a': ?, 'n': 1, 'ss': <<'p'>>}", """{"S":"new"}"""))["Items"]!.ToJsonString());
        Assert.Equal("DuplicateItemException: Duplicate primary key exists in table",
            await _server.ErrorAsync("ExecuteStatement", Body("INSERT INTO hash VALUE {'a': 'new'}")));
        const string Changed = """[{"n":{"N":"3"},"ss":{"SS":["p","q"]}}]""";
        Assert.Equal(Changed, (await RunAsync(
            "UPDATE hash SET n = n + ? SET ss = set_add(ss, <<'q'>>) WHERE a = 'new' AND n = 1 RETURNING MODIFIED NEW *",
            """{"N":"2"}"""))["Items"]!.ToJsonString());
        Assert.Equal("[]", (await RunAsync("FROM hash WHERE a = 'new' SET t = list_append([1], [2]) REMOVE ss"))["Items"]!.ToJsonString());
        foreach (var statement in (string[])["UPDATE hash SET n = 9 WHERE a = 'none'", "UPDATE hash SET n = 9 WHERE a = 'new' AND n = 1",
            "DELETE FROM hash WHERE a = 'new' AND n = 1"])
        {
            Assert.Equal("ConditionalCheckFailedException: The conditional request failed",
                await _server.ErrorAsync("ExecuteStatement", Body(statement)));
        }

        Assert.Equal("""[{"a":{"S":"new"},"n":{"N":"3"},"t":{"L":[{"N":"1"},{"N":"2"}]}}]""",
            (await RunAsync("DELETE FROM hash WHERE a = 'new' RETURNING ALL OLD *"))["Items"]!.ToJsonString());
        Assert.Equal("[]", (await RunAsync("DELETE FROM hash WHERE a = 'new' AND n = 7"))["Items"]!.ToJsonString());
    }

    [Fact]
    public async Task Pages_go_on_where_they_ended_and_a_token_goes_with_its_statement()
    {
        var found = new List<string>();
        string? token = null;
        do
        {
            var page = (await _server.SendAsync("ExecuteStatement", $$"""
                {"Statement": "SELECT b FROM pairs WHERE a IN ['o', 'p', 'r']", "Limit": 1{{(token is null ? "" : $", \"NextToken\": \"{token}\"")}}}
                """)).Body!;
            Assert.True(page["Items"]!.AsArray().Count <= 1);
            found.AddRange(page["Items"]!.AsArray().Select(static item => (string)item!["b"]!["N"]!));
            token = (string?)page["NextToken"];
            if (token is not null)
            {
                Assert.Equal("ValidationException: NextToken does not match request", await _server.ErrorAsync("ExecuteStatement",
                    $$"""{"Statement": "SELECT b FROM pairs WHERE a = 'p'", "NextToken": "{{token}}"}"""));
            }
        }
        while (token is not null);
        Assert.Equal(["10", "20", "30"], found);
        Assert.Equal("ValidationException: Invalid NextToken", await _server.ErrorAsync("ExecuteStatement",
            """{"Statement": "SELECT b FROM pairs WHERE a = 'p'", "NextToken": "AAAA"}"""));
    }

    [Fact]
    public async Task Statements_of_a_batch_are_refused_one_by_one()
    {
        var reply = (await _server.SendAsync("BatchExecuteStatement",
            """
            {"Statements": [{"Statement": "SELECT a FROM hash WHERE a = ?", "Parameters": [{"S": "x"}]}, {"Statement": "SLECT"},
              {"Statement": "SELECT * FROM none WHERE a = 'x'"}, {"Statement": "SELECT * FROM hash WHERE n = 5"},
              {"Statement": "SELECT * FROM hash WHERE a = 'gone'", "ConsistentRead": true}], "ReturnConsumedCapacity": "TOTAL"}
            """)).Body!;
        Assert.Equal(
            """{"TableName":"hash","Item":{"a":{"S":"x"}}}|ValidationError|ResourceNotFound|ValidationError|{"TableName":"hash"}""",
            string.Join('|', reply["Responses"]!.AsArray().Select(static one => (string?)one!["Error"]?["Code"] ?? one.ToJsonString())));
        Assert.Equal("""[{"CapacityUnits":1.5,"TableName":"hash"}]""", reply["ConsumedCapacity"]!.ToJsonString());
        reply = (await _server.SendAsync("BatchExecuteStatement",
            """
            {"Statements": [{"Statement": "INSERT INTO hash VALUE {'a': 'x'}"}, {"Statement": "INSERT INTO hash VALUE {'a': 'b1'}"},
              {"Statement": "DELETE FROM hash WHERE a = 'z' RETURNING ALL OLD *"}]}
            """)).Body!;
        Assert.Equal("DuplicateItem", (string?)reply["Responses"]![0]!["Error"]!["Code"]);
        Assert.Equal("""{"TableName":"hash"}""", reply["Responses"]![1]!.ToJsonString());
        Assert.Equal("z", (string?)reply["Responses"]![2]!["Item"]!["a"]!["S"]);
        Assert.Single((await RunAsync("SELECT * FROM hash WHERE a = 'b1'"))["Items"]!.AsArray());
    }

    [Fact]
    public async Task A_transaction_is_applied_whole_once_or_not_at_all()
    {
        const string Add = """
            {"TransactStatements": [{"Statement": "UPDATE hash SET n = n + 1 WHERE a = 'x'"},
              {"Statement": "EXISTS(SELECT * FROM pairs WHERE a = 'p' AND b = 10 AND colour = 'blue')"}], "ClientRequestToken": "once",
              "ReturnConsumedCapacity": "TOTAL"}
            """;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var reply = (await _server.SendAsync("ExecuteTransaction", Add)).Body!;
            Assert.Equal("[]", reply["Responses"]!.ToJsonString());
            Assert.Equal(2, (int)reply["ConsumedCapacity"]![0]![attempt == 0 ? "WriteCapacityUnits" : "ReadCapacityUnits"]!);
        }

        Assert.Equal("6", (string?)(await RunAsync("SELECT n FROM hash WHERE a = 'x'"))["Items"]![0]!["n"]!["N"]);
        var (status, error, _) = await _server.SendAsync("ExecuteTransaction",
            """
            {"TransactStatements": [{"Statement": "INSERT INTO hash VALUE {'a': 't1'}"}, {"Statement": "INSERT INTO hash VALUE {'a': 'x'}"}]}
            """);
        Assert.Equal(400, status);
        Assert.Equal("None,DuplicateItem", string.Join(',', error!["CancellationReasons"]!.AsArray().Select(static one => (string?)one!["Code"])));
        Assert.Empty((await RunAsync("SELECT * FROM hash WHERE a = 't1'"))["Items"]!.AsArray());
        Assert.Equal("""[{"Item":{"b":{"N":"10"}}},{}]""", (await _server.SendAsync("ExecuteTransaction",
            """
            {"TransactStatements": [{"Statement": "SELECT b FROM pairs WHERE a = 'p' AND b = 10"},
              {"Statement": "SELECT b FROM pairs WHERE a = 'p' AND b = 11"}]}
            """)).Body!["Responses"]!.ToJsonString());
        const string Prefix = "ValidationException: Validation failed in TransactStatements[0]: ";
        Assert.Equal(Prefix + "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
            await _server.ErrorAsync("ExecuteTransaction", """{"TransactStatements": [{"Statement": "SELECT * FROM hash"}]}"""));
        Assert.Equal(Prefix + "EXISTS() must contain a single item read with additional condition", await _server.ErrorAsync(
            "ExecuteTransaction", """{"TransactStatements": [{"Statement": "EXISTS(SELECT * FROM hash WHERE a = 'x')"}]}"""));
    }

    [Fact]
    public async Task No_statement_however_odd_does_more_than_be_refused()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] pieces =
        [
            "SELECT ", "* ", "FROM ", "hash ", "WHERE ", "a ", "= ", "'x' ", "? ", "AND ", "NOT ", "( ", ") ", "[", "]", "{", "}", "<<", ">>", ", ",
            "UPDATE ", "SET ", "REMOVE ", "INSERT INTO ", "VALUE ", "1e5 ", "-", "IN ", "IS ", "MISSING ", "set_add(", "EXISTS(", "ORDER BY ", "'",
            "\\\"", ". ", "--", "/*", "RETURNING ALL OLD * ", "BETWEEN ", "\u00e9", "DELETE FROM ",
        ];
        for (var round = 0; round < 600; round++)
        {
            var statement = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => pieces[random.Next(pieces.Length)]));
            var (status, body, _) = await _server.SendAsync("ExecuteStatement",
                $$"""{"Statement": "{{statement}}", "Parameters": [{"S": "x"}]}""");
            Assert.True(status is 200 or 400, $"{status} {body} for {statement}");
        }

        foreach (var deep in (string[])[new string('(', 8000), "SELECT * FROM hash WHERE " + string.Concat(Enumerable.Repeat("NOT ", 2000)),
            "INSERT INTO hash VALUE " + new string('[', 8000), new string('x', 9000)])
        {
            Assert.Equal(400, (await _server.SendAsync("ExecuteStatement", Body(deep))).Status);
        }
    }

    public async ValueTask InitializeAsync()
    {
        _server = await ItemsServer.StartAsync();
        string[] requests =
        [
            """
            CreateTable {"TableName": "hash", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}
            """,
            """
            CreateTable {"TableName": "pairs", "BillingMode": "PAY_PER_REQUEST",
             "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}, {"AttributeName": "b", "AttributeType": "N"},
               {"AttributeName": "colour", "AttributeType": "S"}],
             "GlobalSecondaryIndexes": [{"IndexName": "colours", "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
               "Projection": {"ProjectionType": "KEYS_ONLY"}}]}
            """,
            """PutItem {"TableName": "hash", "Item": {"a": {"S": "x"}, "m": {"M": {"sub": {"S": "deep"}}}, "n": {"N": "5"}, "l": {"L": [{"S": "p"}, {"S": "q"}]}}}""",
            """PutItem {"TableName": "hash", "Item": {"a": {"S": "z"}, "nul": {"NULL": true}}}""",
            """PutItem {"TableName": "pairs", "Item": {"a": {"S": "p"}, "b": {"N": "10"}, "colour": {"S": "blue"}, "c": {"N": "1"}}}""",
            """PutItem {"TableName": "pairs", "Item": {"a": {"S": "p"}, "b": {"N": "20"}, "colour": {"S": "red"}, "c": {"N": "2"}}}""",
            """PutItem {"TableName": "pairs", "Item": {"a": {"S": "p"}, "b": {"N": "30"}}}""",
        ];
        foreach (var request in requests)
        {
            var blank = request.IndexOf(' ', StringComparison.Ordinal);
            Assert.Equal(200, (await _server.SendAsync(request[..blank], request[blank..])).Status);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string Body(string statement) => $$"""{"Statement": {{System.Text.Json.JsonSerializer.Serialize(statement)}}}""";

    private async Task<JsonNode> RunAsync(string statement, params string[] parameters)
    {
        var body = new JsonObject { ["Statement"] = statement };
        if (parameters.Length > 0)
        {
            body["Parameters"] = new JsonArray([.. parameters.Select(static parameter => JsonNode.Parse(parameter))]);
        }

        var (status, reply, _) = await _server.SendAsync("ExecuteStatement", body.ToJsonString());
        Assert.True(status == 200, $"{status} {reply} for {statement}");
        return reply!;
    }
}

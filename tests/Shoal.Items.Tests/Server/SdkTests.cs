using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Shoal.Items.Tests.Server;

/// <summary>Goal: the AWS SDK for .NET works unmodified. Method: each operation once, against a real server.</summary>
public sealed class SdkTests
{
    [Fact]
    public async Task Tables_are_created_described_changed_listed_and_deleted()
    {
        await using var server = await ItemsServer.StartAsync();
        using var client = server.Client();
        await CreateAsync(client, "orders");
        var described = (await client.DescribeTableAsync("orders")).Table;
        Assert.Equal(TableStatus.ACTIVE, described.TableStatus);
        Assert.Equal("arn:aws:dynamodb:us-east-1:000000000000:table/orders", described.TableArn);
        await client.UpdateTableAsync(new UpdateTableRequest
        {
            TableName = "orders",
            AttributeDefinitions = [new("colour", ScalarAttributeType.S)],
            GlobalSecondaryIndexUpdates =
            [
                new()
                {
                    Create = new()
                    {
                        IndexName = "byColour",
                        KeySchema = [new("colour", KeyType.HASH)],
                        Projection = new() { ProjectionType = ProjectionType.ALL },
                    },
                },
            ],
        });
        Assert.Equal("byColour", (await client.DescribeTableAsync("orders")).Table.GlobalSecondaryIndexes.Single().IndexName);
        Assert.Equal(["orders"], (await client.ListTablesAsync()).TableNames);
        await client.DeleteTableAsync("orders");
        await Assert.ThrowsAsync<ResourceNotFoundException>(() => client.DescribeTableAsync("orders"));
    }

    [Fact]
    public async Task Items_are_put_read_changed_queried_scanned_and_deleted()
    {
        await using var server = await ItemsServer.StartAsync();
        using var client = server.Client();
        await CreateAsync(client, "tab");
        for (var index = 0; index < 5; index++)
        {
            await client.PutItemAsync("tab", Item("a", $"{index}", ("n", new AttributeValue { N = $"{index}" })));
        }

        var updated = await client.UpdateItemAsync(new UpdateItemRequest
        {
            TableName = "tab",
            Key = Item("a", "1"),
            UpdateExpression = "SET n = n + :n, #m = :m",
            ExpressionAttributeNames = new() { ["#m"] = "map" },
            ExpressionAttributeValues = new()
            {
                [":n"] = new() { N = "0.5" },
                [":m"] = new() { M = new() { ["x"] = new() { L = [new("y")] } } },
            },
            ReturnValues = ReturnValue.ALL_NEW,
        });
        Assert.Equal("1.5", updated.Attributes["n"].N);
        Assert.Equal("y", (await client.GetItemAsync("tab", Item("a", "1"))).Item["map"].M["x"].L[0].S);

        var queried = await client.QueryAsync(new QueryRequest
        {
            TableName = "tab",
            KeyConditionExpression = "pk = :p AND sk > :s",
            FilterExpression = "n <> :three",
            ExpressionAttributeValues = new() { [":p"] = new("a"), [":s"] = new("0"), [":three"] = new() { N = "3" } },
            ScanIndexForward = false,
        });
        Assert.Equal(["4", "2", "1"], queried.Items.Select(item => item["sk"].S));
        Assert.Equal(4, queried.ScannedCount);

        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => client.DeleteItemAsync(new DeleteItemRequest
        {
            TableName = "tab",
            Key = Item("a", "1"),
            ConditionExpression = "attribute_not_exists(pk)",
        }));
        await client.DeleteItemAsync("tab", Item("a", "1"));
        Assert.Equal(4, (await client.ScanAsync(new ScanRequest("tab"))).Count);
    }

    [Fact]
    public async Task Batches_and_transactions_work_on_several_tables()
    {
        await using var server = await ItemsServer.StartAsync();
        using var client = server.Client();
        await CreateAsync(client, "one");
        await CreateAsync(client, "two");
        var written = await client.BatchWriteItemAsync(new Dictionary<string, List<WriteRequest>>
        {
            ["one"] = [.. Enumerable.Range(0, 12).Select(index => new WriteRequest(new PutRequest(Item("a", $"{index}"))))],
            ["two"] = [.. Enumerable.Range(0, 12).Select(index => new WriteRequest(new PutRequest(Item("b", $"{index}"))))],
        });
        Assert.Empty(written.UnprocessedItems);
        var read = await client.BatchGetItemAsync(new Dictionary<string, KeysAndAttributes>
        {
            ["one"] = new() { Keys = [Item("a", "1"), Item("a", "missing")] },
            ["two"] = new() { Keys = [Item("b", "2")], ProjectionExpression = "sk" },
        });
        Assert.Single(read.Responses["one"]);
        Assert.Equal(["sk"], read.Responses["two"].Single().Keys);

        var request = new TransactWriteItemsRequest
        {
            ClientRequestToken = "once",
            TransactItems =
            [
                new() { Put = new() { TableName = "one", Item = Item("t", "1") } },
                new() { Delete = new() { TableName = "two", Key = Item("b", "2") } },
                new() { ConditionCheck = new() { TableName = "one", Key = Item("a", "1"), ConditionExpression = "attribute_exists(pk)" } },
            ],
        };
        await client.TransactWriteItemsAsync(request);
        await client.TransactWriteItemsAsync(request);
        var got = await client.TransactGetItemsAsync(new TransactGetItemsRequest
        {
            TransactItems =
            [
                new() { Get = new() { TableName = "one", Key = Item("t", "1") } },
                new() { Get = new() { TableName = "two", Key = Item("b", "2") } },
            ],
        });
        Assert.Equal("1", got.Responses[0].Item["sk"].S);
        Assert.True(got.Responses[1].Item is null or { Count: 0 });

        request.ClientRequestToken = "twice";
        request.TransactItems[2].ConditionCheck.ConditionExpression = "attribute_not_exists(pk)";
        var cancelled = await Assert.ThrowsAsync<TransactionCanceledException>(() => client.TransactWriteItemsAsync(request));
        Assert.Equal(["None", "None", "ConditionalCheckFailed"], cancelled.CancellationReasons.Select(reason => reason.Code));
    }

    [Fact]
    public async Task Expiry_tags_streams_and_descriptions_work()
    {
        await using var server = await ItemsServer.StartAsync();
        using var client = server.Client();
        await CreateAsync(client, "tab", stream: true);
        await client.UpdateTimeToLiveAsync(new UpdateTimeToLiveRequest
        {
            TableName = "tab",
            TimeToLiveSpecification = new() { Enabled = true, AttributeName = "until" },
        });
        Assert.Equal(TimeToLiveStatus.ENABLED,
            (await client.DescribeTimeToLiveAsync("tab")).TimeToLiveDescription.TimeToLiveStatus);
        var arn = (await client.DescribeTableAsync("tab")).Table.TableArn;
        await client.TagResourceAsync(new TagResourceRequest { ResourceArn = arn, Tags = [new() { Key = "team", Value = "blue" }] });
        Assert.Equal("blue", (await client.ListTagsOfResourceAsync(new ListTagsOfResourceRequest { ResourceArn = arn })).Tags.Single().Value);
        await client.UntagResourceAsync(new UntagResourceRequest { ResourceArn = arn, TagKeys = ["team"] });
        Assert.NotEmpty((await client.DescribeEndpointsAsync(new DescribeEndpointsRequest())).Endpoints);
        Assert.True((await client.DescribeLimitsAsync(new DescribeLimitsRequest())).TableMaxReadCapacityUnits > 0);

        await client.PutItemAsync("tab", Item("a", "1"));
        await client.PutItemAsync("tab", Item("a", "1", ("v", new AttributeValue("x"))));
        await client.DeleteItemAsync("tab", Item("a", "1"));
        async Task<JsonNode> StreamAsync(string operation, string body) =>
            (await server.SendAsync($"DynamoDBStreams_20120810.{operation}", body)).Body!;
        var stream = (string)(await StreamAsync("ListStreams", """{"TableName": "tab"}"""))["Streams"]![0]!["StreamArn"]!;
        var shard = (string)(await StreamAsync("DescribeStream", $$"""{"StreamArn": "{{stream}}"}"""))
            ["StreamDescription"]!["Shards"]![0]!["ShardId"]!;
        var iterator = (string)(await StreamAsync("GetShardIterator",
            $$"""{"StreamArn": "{{stream}}", "ShardId": "{{shard}}", "ShardIteratorType": "TRIM_HORIZON"}"""))["ShardIterator"]!;
        var records = (await StreamAsync("GetRecords", $$"""{"ShardIterator": "{{iterator}}"}"""))["Records"]!.AsArray();
        Assert.Equal(["INSERT", "MODIFY", "REMOVE"], records.Select(record => (string)record!["eventName"]!));
        Assert.Equal("x", (string)records[2]!["dynamodb"]!["OldImage"]!["v"]!["S"]!);
    }

    private static Dictionary<string, AttributeValue> Item(string pk, string sk, params (string Name, AttributeValue Value)[] more)
    {
        var item = new Dictionary<string, AttributeValue> { ["pk"] = new(pk), ["sk"] = new(sk) };
        foreach (var (name, value) in more)
        {
            item[name] = value;
        }

        return item;
    }

    private static Task CreateAsync(AmazonDynamoDBClient client, string name, bool stream = false) => client.CreateTableAsync(
        new CreateTableRequest
        {
            TableName = name,
            AttributeDefinitions = [new("pk", ScalarAttributeType.S), new("sk", ScalarAttributeType.S)],
            KeySchema = [new("pk", KeyType.HASH), new("sk", KeyType.RANGE)],
            BillingMode = BillingMode.PAY_PER_REQUEST,
            StreamSpecification = stream
                ? new StreamSpecification { StreamEnabled = true, StreamViewType = StreamViewType.NEW_AND_OLD_IMAGES } : null,
        });
}

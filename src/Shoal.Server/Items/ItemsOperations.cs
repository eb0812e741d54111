using System.Collections.Frozen;
using Shoal.Server.Items.Handlers;
using Shoal.Server.Items.Shapes;

namespace Shoal.Server.Items;

/// <summary>Everything that the items endpoint can do. Each has a row in <c>docs/reference/items.md</c>.</summary>
internal static class ItemsOperations
{
    /// <summary>Operations of DynamoDB.</summary>
    public static readonly FrozenDictionary<string, ItemsOperation> Items = new Dictionary<string, ItemsOperation>(StringComparer.Ordinal)
    {
        ["BatchGetItem"] = new(ItemShapes.BatchGetItem, BatchRequests.GetAsync),
        ["BatchWriteItem"] = new(ItemShapes.BatchWriteItem, BatchRequests.WriteAsync),
        ["CreateTable"] = new(TableShapes.CreateTable, TableRequests.CreateAsync),
        ["DeleteItem"] = new(ItemShapes.DeleteItem, WriteRequests.DeleteAsync),
        ["DeleteTable"] = new(TableShapes.TableOnly, TableRequests.DeleteAsync),
        ["DescribeContinuousBackups"] = new(TableShapes.TableOnly, SettingsRequests.DescribeContinuousBackupsAsync),
        ["DescribeEndpoints"] = new(TableShapes.Empty, static _ => Task.CompletedTask),
        ["DescribeLimits"] = new(TableShapes.Empty, SettingsRequests.DescribeLimitsAsync),
        ["DescribeTable"] = new(TableShapes.TableOnly, TableRequests.DescribeAsync),
        ["DescribeTimeToLive"] = new(TableShapes.TableOnly, SettingsRequests.DescribeTimeToLiveAsync),
        ["GetItem"] = new(ItemShapes.GetItem, ReadRequests.GetAsync),
        ["ListTables"] = new(TableShapes.ListTables, TableRequests.ListAsync),
        ["ListTagsOfResource"] = new(TableShapes.ListTagsOfResource, TagRequests.ListAsync),
        ["PutItem"] = new(ItemShapes.PutItem, WriteRequests.PutAsync),
        ["Query"] = new(ItemShapes.Query, ReadRequests.QueryAsync),
        ["Scan"] = new(ItemShapes.Scan, ReadRequests.ScanAsync),
        ["TagResource"] = new(TableShapes.TagResource, TagRequests.TagAsync) { IsSilent = true },
        ["TransactGetItems"] = new(ItemShapes.TransactGetItems, TransactRequests.GetAsync),
        ["TransactWriteItems"] = new(ItemShapes.TransactWriteItems, TransactRequests.WriteAsync),
        ["UntagResource"] = new(TableShapes.UntagResource, TagRequests.UntagAsync) { IsSilent = true },
        ["UpdateItem"] = new(ItemShapes.UpdateItem, WriteRequests.UpdateAsync),
        ["UpdateTable"] = new(TableShapes.UpdateTable, UpdateTableRequest.RunAsync),
        ["UpdateTimeToLive"] = new(TableShapes.UpdateTimeToLive, SettingsRequests.UpdateTimeToLiveAsync),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Operations of DynamoDB Streams.</summary>
    public static readonly FrozenDictionary<string, ItemsOperation> Streams = new Dictionary<string, ItemsOperation>(StringComparer.Ordinal)
    {
        ["DescribeStream"] = new(TableShapes.DescribeStream, StreamRequests.DescribeAsync),
        ["GetRecords"] = new(TableShapes.GetRecords, StreamRequests.GetRecordsAsync),
        ["GetShardIterator"] = new(TableShapes.GetShardIterator, StreamRequests.GetIteratorAsync),
        ["ListStreams"] = new(TableShapes.ListStreams, StreamRequests.ListAsync),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The operation that <c>X-Amz-Target</c> names; null for none.</summary>
    public static ItemsOperation? Find(string target)
    {
        var dot = target.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? null : target[..dot] switch
        {
            "DynamoDB_20120810" => Items.GetValueOrDefault(target[(dot + 1)..]),
            "DynamoDBStreams_20120810" => Streams.GetValueOrDefault(target[(dot + 1)..]),
            _ => null,
        };
    }
}

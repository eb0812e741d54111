using System.Globalization;
using System.Text;
using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>ListStreams, DescribeStream, GetShardIterator and GetRecords. A stream has one shard, which never closes.</summary>
internal static class StreamRequests
{
    private const string Shard = "shardId-00000000000000000001-00000001";
    private const int RecordsMax = 1000;

    public static async Task ListAsync(ItemsCall call)
    {
        var only = call.Request.TableName();
        var tables = await call.ReadAsync(static transaction => transaction.Tables.List());
        call.Json.WriteStartArray("Streams"u8);
        foreach (var table in tables.Where(table => table.Stream is not null && (only is null || table.Name == only)))
        {
            call.Json.WriteStartObject();
            call.Json.WriteString("StreamArn"u8, StreamArn(call, table));
            call.Json.WriteString("TableName"u8, table.Name);
            call.Json.WriteString("StreamLabel"u8, TableWriter.StreamLabel(table));
            call.Json.WriteEndObject();
        }

        call.Json.WriteEndArray();
    }

    public static async Task DescribeAsync(ItemsCall call)
    {
        var arn = call.Request.Text("StreamArn")!;
        var (table, first) = await call.ReadAsync(
            transaction =>
            {
                var found = FindTable(call, transaction, arn);
                return (found, ChangeReader.Read(transaction.Session, found, after: 0, limit: 1));
            });
        var json = call.Json;
        json.WriteStartObject("StreamDescription"u8);
        json.WriteString("StreamArn"u8, arn);
        json.WriteString("StreamLabel"u8, TableWriter.StreamLabel(table));
        json.WriteString("StreamStatus"u8, "ENABLED");
        json.WriteString("StreamViewType"u8, TableWriter.ViewName(table.Stream!.Value));
        json.WriteNumber("CreationRequestDateTime"u8, TableWriter.Seconds(table.StreamSince ?? table.CreatedAt));
        json.WriteString("TableName"u8, table.Name);
        TableWriter.WriteKeys(json, table.Key);
        json.WriteStartArray("Shards"u8);
        json.WriteStartObject();
        json.WriteString("ShardId"u8, Shard);
        json.WriteStartObject("SequenceNumberRange"u8);
        json.WriteString("StartingSequenceNumber"u8, Sequence(first.Count > 0 ? first[0].Sequence : 1));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static async Task GetIteratorAsync(ItemsCall call)
    {
        var request = call.Request;
        var arn = request.Text("StreamArn")!;
        var type = request.Text("ShardIteratorType")!;
        var sequence = request.Text("SequenceNumber");
        if (request.Text("ShardId") != Shard)
        {
            throw new ItemException(ItemErrorKind.ResourceNotFound, "Requested resource not found: Shard does not exist");
        }

        if (type.EndsWith("SEQUENCE_NUMBER", StringComparison.Ordinal) && sequence is null)
        {
            throw ItemException.Validation("One or more parameter values were invalid: "
                + $"ShardIteratorType {type} requires SequenceNumber");
        }

        var after = await call.ReadAsync(
            transaction =>
            {
                var table = FindTable(call, transaction, arn);
                return type switch
                {
                    "TRIM_HORIZON" => 0,
                    "LATEST" => ChangeReader.Newest(transaction.Session, table),
                    "AT_SEQUENCE_NUMBER" => ParseSequence(sequence!) - 1,
                    _ => ParseSequence(sequence!),
                };
            });
        call.Json.WriteString("ShardIterator"u8, MakeIterator(arn, after));
    }

    public static async Task GetRecordsAsync(ItemsCall call)
    {
        var (arn, after) = ParseIterator(call.Request.Text("ShardIterator")!);
        var limit = call.Request.Integer("Limit") ?? RecordsMax;
        var (table, changes) = await call.ReadAsync(
            transaction =>
            {
                var found = FindTable(call, transaction, arn);
                return (found, ChangeReader.Read(transaction.Session, found, after, limit));
            });
        call.Json.WriteString("NextShardIterator"u8, MakeIterator(arn, changes.Count > 0 ? changes[^1].Sequence : after));
        call.Json.WriteStartArray("Records"u8);
        foreach (var change in changes)
        {
            WriteRecord(call, table, change);
        }

        call.Json.WriteEndArray();
    }

    private static void WriteRecord(ItemsCall call, ItemTable table, ItemChange change)
    {
        var json = call.Json;
        json.WriteStartObject();
        json.WriteString("eventID"u8, change.Sequence.ToString("x32", CultureInfo.InvariantCulture));
        json.WriteString("eventName"u8, change.Kind switch
        {
            ChangeKind.Insert => "INSERT",
            ChangeKind.Modify => "MODIFY",
            ChangeKind.Remove or ChangeKind.Expire => "REMOVE",
        });
        json.WriteString("eventVersion"u8, "1.1");
        json.WriteString("eventSource"u8, "aws:dynamodb");
        json.WriteString("awsRegion"u8, call.Region);
        if (change.Kind == ChangeKind.Expire)
        {
            json.WriteStartObject("userIdentity"u8);
            json.WriteString("Type"u8, "Service");
            json.WriteString("PrincipalId"u8, "dynamodb.amazonaws.com");
            json.WriteEndObject();
        }

        json.WriteStartObject("dynamodb"u8);
        json.WriteNumber("ApproximateCreationDateTime"u8, change.At.ToUnixTimeSeconds());
        ValueWriter.WriteItem(json, "Keys", change.Key);
        if (change.New is { } after)
        {
            ValueWriter.WriteItem(json, "NewImage", after);
        }

        if (change.Old is { } before)
        {
            ValueWriter.WriteItem(json, "OldImage", before);
        }

        json.WriteString("SequenceNumber"u8, Sequence(change.Sequence));
        json.WriteNumber("SizeBytes"u8, Shoal.Items.Values.ItemSize.Of(change.Key)
            + (change.New is null ? 0 : Shoal.Items.Values.ItemSize.Of(change.New))
            + (change.Old is null ? 0 : Shoal.Items.Values.ItemSize.Of(change.Old)));
        json.WriteString("StreamViewType"u8, TableWriter.ViewName(table.Stream!.Value));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string StreamArn(ItemsCall call, ItemTable table) =>
        $"{call.Arn(table.Name)}/stream/{TableWriter.StreamLabel(table)}";

    private static ItemTable FindTable(ItemsCall call, ItemTransaction transaction, string arn)
    {
        var parts = arn.Split('/');
        var table = parts.Length == 4 ? transaction.Tables.Find(parts[1]) : null;
        return table is { Stream: not null } && StreamArn(call, table).EndsWith(arn[arn.IndexOf('/', StringComparison.Ordinal)..],
            StringComparison.Ordinal)
            ? table
            : throw new ItemException(ItemErrorKind.ResourceNotFound, $"Requested resource not found: Stream: {arn} not found");
    }

    /// <summary>Sequence numbers are texts of 21 digits, which sort as numbers.</summary>
    private static string Sequence(long number) => number.ToString("D21", CultureInfo.InvariantCulture);

    private static long ParseSequence(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw ItemException.Validation("Invalid SequenceNumber");

    private static string MakeIterator(string arn, long after) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{after}|{arn}")));

    private static (string Arn, long After) ParseIterator(string text)
    {
        var bytes = new byte[text.Length];
        if (Convert.TryFromBase64String(text, bytes, out var length))
        {
            var parts = Encoding.UTF8.GetString(bytes, 0, length).Split('|', 2);
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var after)
                && parts[1].Contains('/', StringComparison.Ordinal))
            {
                return (parts[1], after);
            }
        }

        throw ItemException.Validation("Invalid ShardIterator");
    }
}

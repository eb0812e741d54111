using Shoal.Items;
using Shoal.Items.Tables;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>UpdateTable: capacity, billing, global indexes, the stream.</summary>
internal sealed class UpdateTableRequest
{
    private const string Invalid = "One or more parameter values were invalid: ";
    private const long UnitsMax = 1_000_000_000_000;
    private const int UpdatesMax = 5;

    private readonly RequestReader _request;
    private readonly List<RequestReader> _updates;
    private readonly DateTimeOffset _now;
    private ItemTable? _old;

    private UpdateTableRequest(ItemsCall call)
    {
        _request = call.Request;
        _updates = [.. _request.List("GlobalSecondaryIndexUpdates").Select(static json => new RequestReader(json))];
        _now = call.Database.Time.GetUtcNow();
    }

    public static async Task RunAsync(ItemsCall call)
    {
        var update = new UpdateTableRequest(call);
        update.Check();
        var name = call.Request.TableName()!;
        var table = await call.WriteAsync(
            transaction =>
            {
                _ = TableChanges.Find(transaction, name);
                return TableEdits.Apply(transaction, name, update.Change, call.Database.Time);
            });
        call.Kick();
        TableWriter.Write(call, "TableDescription", update.AsBefore(table), "UPDATING", counts: null);
    }

    /// <summary>
    /// The reply shows provisioned capacity as it was, as DynamoDB's does, where the change takes its time; here it is done already.
    /// </summary>
    private ItemTable AsBefore(ItemTable table)
    {
        if (_old is not { PayPerRequest: false } old || table.PayPerRequest)
        {
            return table;
        }

        return table with
        {
            ReadUnits = old.ReadUnits,
            WriteUnits = old.WriteUnits,
            DecreasesToday = old.DecreasesToday,
            Indexes = [.. table.Indexes.Select(index => old.FindIndex(index.Name) is { } before
                ? index with { ReadUnits = before.ReadUnits, WriteUnits = before.WriteUnits } : index)],
        };
    }

    private void Check()
    {
        var throughput = _request.Structure("ProvisionedThroughput");
        if (throughput is null && !_request.Has("BillingMode") && _updates.Count == 0 && !_request.Has("StreamSpecification")
            && !_request.Has("SSESpecification") && !_request.Has("DeletionProtectionEnabled") && !_request.Has("TableClass"))
        {
            throw ItemException.Validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                + "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
        }

        if (_request.Text("BillingMode") == "PROVISIONED" && throughput is null)
        {
            throw ItemException.Validation(Invalid + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
        }

        if (throughput is { } given)
        {
            TableDefinitions.CheckUnits(given);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var update in _updates)
        {
            var action = update.Structure("Update") ?? update.Structure("Create") ?? update.Structure("Delete")
                ?? throw ItemException.Validation(Invalid + "One of GlobalSecondaryIndexUpdate.Update, "
                    + "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null");
            if (!names.Add(action.Text("IndexName")!))
            {
                throw ItemException.Validation($"{Invalid}Only one global secondary index update per index is allowed "
                    + $"simultaneously. Index: {action.Text("IndexName")}");
            }
        }
    }

    private ItemTable Change(ItemTable table)
    {
        _old = table;
        var throughput = _request.Structure("ProvisionedThroughput");
        var payPerRequest = (_request.Text("BillingMode") ?? (table.PayPerRequest ? "PAY_PER_REQUEST" : "PROVISIONED"))
            == "PAY_PER_REQUEST";
        if (throughput is not null && payPerRequest)
        {
            throw ItemException.Validation(Invalid
                + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
        }

        var result = ChangeIndexes(table, payPerRequest);
        if (throughput is { } units)
        {
            result = ChangeUnits(result, units);
        }

        if (payPerRequest && !table.PayPerRequest)
        {
            result = result with
            {
                ReadUnits = 0,
                WriteUnits = 0,
                PayPerRequestSince = _now,
                Indexes = [.. result.Indexes.Select(static index => index with { ReadUnits = 0, WriteUnits = 0 })],
            };
        }

        if (_request.Structure("StreamSpecification") is { } stream)
        {
            result = result with { Stream = ChangeStream(table, stream) };
        }

        return result with
        {
            PayPerRequest = payPerRequest,
            DeletionProtection = _request.OptionalFlag("DeletionProtectionEnabled") ?? table.DeletionProtection,
        };
    }

    private StreamView? ChangeStream(ItemTable table, RequestReader stream)
    {
        if (stream.Flag("StreamEnabled") == table.Stream is not null)
        {
            throw ItemException.Validation(table.Stream is not null
                ? "Table already has an enabled stream: TableName: " + table.Name
                : "Table is already disabled: TableName: " + table.Name);
        }

        return TableDefinitions.ReadStream(_request);
    }

    private ItemTable ChangeUnits(ItemTable table, RequestReader units)
    {
        var read = units.Long("ReadCapacityUnits")!.Value;
        var write = units.Long("WriteCapacityUnits")!.Value;
        if (!table.PayPerRequest)
        {
            CheckDifferent(table.ReadUnits, table.WriteUnits, read, write);
        }

        var less = read < table.ReadUnits || write < table.WriteUnits;
        var more = read > table.ReadUnits || write > table.WriteUnits;
        return table with
        {
            ReadUnits = read,
            WriteUnits = write,
            IncreasedAt = more ? _now : table.IncreasedAt,
            DecreasedAt = less ? _now : table.DecreasedAt,
            DecreasesToday = table.DecreasesToday + (less && !more ? 1 : 0),
        };
    }

    private static void CheckDifferent(long oldRead, long oldWrite, long read, long write)
    {
        if (read == oldRead && write == oldWrite)
        {
            throw ItemException.Validation("The provisioned throughput for the table will not change. The requested value equals the "
                + $"current value. Current ReadCapacityUnits provisioned for the table: {oldRead}. Requested ReadCapacityUnits: {read}. "
                + $"Current WriteCapacityUnits provisioned for the table: {oldWrite}. Requested WriteCapacityUnits: {write}. "
                + "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
        }
    }

    private ItemTable ChangeIndexes(ItemTable table, bool payPerRequest)
    {
        if (_updates.Count > UpdatesMax || _updates.Count(static update => !update.Has("Update")) > 1)
        {
            throw new ItemException(ItemErrorKind.LimitExceeded,
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
        }

        var indexes = table.Indexes.ToList();
        var attributes = table.Attributes.ToList();
        foreach (var update in _updates)
        {
            if (update.Structure("Update") is { } change)
            {
                Replace(indexes, change);
            }
            else if (update.Structure("Create") is { } create)
            {
                var declared = TableDefinitions.ReadAttributes(_request);
                attributes.AddRange(declared.Where(attribute => attributes.TrueForAll(known => known.Name != attribute.Name)));
                var index = TableDefinitions.ReadGlobalIndex(create, attributes, payPerRequest);
                if (indexes.Exists(other => other.Name == index.Name))
                {
                    throw ItemException.Validation($"Attempting to create an index which already exists: {index.Name}");
                }

                indexes.Add(index);
            }
            else
            {
                Remove(indexes, update.Structure("Delete")!.Value.Text("IndexName")!);
                attributes.RemoveAll(attribute => !table.Key.Contains(attribute.Name)
                    && indexes.TrueForAll(index => !index.Key.Contains(attribute.Name)));
            }
        }

        CheckAllHaveUnits(table, payPerRequest);
        return table with { Indexes = indexes, Attributes = attributes };
    }

    private void CheckAllHaveUnits(ItemTable table, bool payPerRequest)
    {
        if (payPerRequest || !table.PayPerRequest)
        {
            return;
        }

        var given = _updates.Select(static update => update.Structure("Update")?.Text("IndexName")).ToHashSet(StringComparer.Ordinal);
        var missing = table.GlobalIndexes.Select(static index => index.Name).Where(name => !given.Contains(name)).ToList();
        if (missing.Count > 0)
        {
            throw ItemException.Validation(
                $"{Invalid}ProvisionedThroughput must be specified for index: {string.Join(',', missing)}");
        }
    }

    private static void Remove(List<SecondaryIndex> indexes, string name)
    {
        if (indexes.RemoveAll(index => !index.IsLocal && index.Name == name) == 0)
        {
            throw new ItemException(ItemErrorKind.ResourceNotFound,
                $"Requested resource not found: Global secondary index: {name} not found");
        }
    }

    private static void Replace(List<SecondaryIndex> indexes, RequestReader change)
    {
        var units = change.Structure("ProvisionedThroughput")!.Value;
        var read = units.Long("ReadCapacityUnits")!.Value;
        var write = units.Long("WriteCapacityUnits")!.Value;
        if (read > UnitsMax || write > UnitsMax)
        {
            throw ItemException.Validation("This operation cannot be performed with given input values. Please contact DynamoDB service "
                + "team for more info: Action Blocked: IndexUpdate");
        }

        var name = change.Text("IndexName")!;
        var at = indexes.FindIndex(index => !index.IsLocal && index.Name == name);
        if (at < 0)
        {
            throw new ItemException(ItemErrorKind.ResourceNotFound,
                $"Requested resource not found: Global secondary index: {name} not found");
        }

        CheckDifferent(indexes[at].ReadUnits, indexes[at].WriteUnits, read, write);
        indexes[at] = indexes[at] with { ReadUnits = read, WriteUnits = write };
    }
}

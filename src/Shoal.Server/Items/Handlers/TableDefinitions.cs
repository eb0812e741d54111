using Shoal.Items;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>Reads tables and indexes out of requests. Errors come in DynamoDB's order.</summary>
internal static class TableDefinitions
{
    private const string Invalid = "One or more parameter values were invalid: ";
    private const long UnitsMax = 1_000_000_000_000;
    private const int LocalIndexesMax = 5;
    private const int GlobalIndexesMax = 20;
    private const int IncludedMax = 100;

    /// <summary>A new table.</summary>
    /// <exception cref="ItemException">It is not valid.</exception>
    public static ItemTable Read(in RequestReader request)
    {
        var throughput = CheckBilling(request);
        var attributes = ReadAttributes(request);
        var schema = request.List("KeySchema").Select(static json => new RequestReader(json)).ToList();
        var names = schema.ConvertAll(static key => key.Text("AttributeName")!);
        CheckKeys(attributes, schema, names);
        var hasIndexes = request.Has("LocalSecondaryIndexes") || request.Has("GlobalSecondaryIndexes");
        if (!hasIndexes && names.Count != attributes.Count)
        {
            throw ItemException.Validation(Invalid + "Number of attributes in KeySchema does not exactly match number of attributes "
                + "defined in AttributeDefinitions");
        }

        var key = KeyOf(names, attributes);
        var indexNames = new HashSet<string>(StringComparer.Ordinal);
        List<SecondaryIndex> indexes =
            [.. ReadLocal(request, attributes, key, indexNames), .. ReadGlobal(request, attributes, indexNames)];
        CheckAllUsed(attributes, key, indexes);
        if (indexes.Sum(static index => index.Included.Count) > IncludedMax)
        {
            throw ItemException.Validation(
                $"{Invalid}Number of projected attributes exceeds the per-table limit of {IncludedMax}");
        }

        var tags = TagRequests.ReadTags(request.List("Tags"));
        return new ItemTable
        {
            Name = request.Text("TableName")!,
            Key = key,
            Attributes = attributes,
            Indexes = indexes,
            PayPerRequest = request.Text("BillingMode") == "PAY_PER_REQUEST",
            ReadUnits = throughput?.Long("ReadCapacityUnits") ?? 0,
            WriteUnits = throughput?.Long("WriteCapacityUnits") ?? 0,
            Stream = ReadStream(request),
            DeletionProtection = request.Flag("DeletionProtectionEnabled"),
            Tags = tags,
        };
    }

    /// <summary>All attributes that a request declares.</summary>
    public static List<KeyDefinition> ReadAttributes(in RequestReader request) =>
        [.. request.List("AttributeDefinitions").Select(static json => new RequestReader(json)).Select(static attribute =>
            new KeyDefinition(attribute.Text("AttributeName")!, Enum.Parse<AttributeType>(attribute.Text("AttributeType")!)))];

    /// <summary>A global index of CreateTable or UpdateTable.</summary>
    /// <exception cref="ItemException">It is not valid.</exception>
    public static SecondaryIndex ReadGlobalIndex(RequestReader json, List<KeyDefinition> attributes, bool payPerRequest)
    {
        var (names, index) = ReadIndex(json, attributes);
        var throughput = json.Structure("ProvisionedThroughput");
        if (payPerRequest && throughput is not null)
        {
            throw ItemException.Validation($"{Invalid}ProvisionedThroughput should not be specified for index: {index.Name} when "
                + "BillingMode is PAY_PER_REQUEST");
        }

        return index with
        {
            Key = KeyOf(names, attributes),
            ReadUnits = throughput?.Long("ReadCapacityUnits") ?? 0,
            WriteUnits = throughput?.Long("WriteCapacityUnits") ?? 0,
        };
    }

    /// <summary>The stream that a request wants; null for none.</summary>
    /// <exception cref="ItemException">It does not say what the stream shows.</exception>
    public static StreamView? ReadStream(in RequestReader request)
    {
        if (request.Structure("StreamSpecification") is not { } stream || !stream.Flag("StreamEnabled"))
        {
            return null;
        }

        return stream.Text("StreamViewType") switch
        {
            "KEYS_ONLY" => StreamView.KeysOnly,
            "NEW_IMAGE" => StreamView.NewImage,
            "OLD_IMAGE" => StreamView.OldImage,
            "NEW_AND_OLD_IMAGES" => StreamView.NewAndOldImages,
            _ => throw ItemException.Validation(Invalid + "StreamViewType is required when StreamEnabled is true"),
        };
    }

    /// <summary>Passes when capacity is within bounds.</summary>
    /// <exception cref="ItemException">It is not.</exception>
    public static void CheckUnits(in RequestReader throughput)
    {
        foreach (var name in (ReadOnlySpan<string>)["ReadCapacityUnits", "WriteCapacityUnits"])
        {
            if (throughput.Long(name) > UnitsMax)
            {
                throw ItemException.Validation($"Given value {throughput.Long(name)} for {name} is out of bounds");
            }
        }
    }

    private static RequestReader? CheckBilling(in RequestReader request)
    {
        var throughput = request.Structure("ProvisionedThroughput");
        if (request.Text("BillingMode") == "PAY_PER_REQUEST")
        {
            return throughput is null ? null : throw ItemException.Validation(Invalid
                + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
        }

        if (throughput is not { } given)
        {
            throw ItemException.Validation(Invalid
                + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
        }

        CheckUnits(given);
        return throughput;
    }

    private static void CheckKeys(List<KeyDefinition> attributes, List<RequestReader> schema, List<string> names)
    {
        if (names.Count > attributes.Count)
        {
            throw ItemException.Validation("Invalid KeySchema: Some index key attribute have no definition");
        }

        CheckDefined(names, attributes);
        CheckSchema(schema, names);
    }

    private static void CheckDefined(List<string> names, List<KeyDefinition> attributes)
    {
        if (names.Exists(name => !attributes.Exists(attribute => attribute.Name == name)))
        {
            throw ItemException.Validation($"{Invalid}Some index key attributes are not defined in AttributeDefinitions. "
                + $"Keys: [{string.Join(", ", names)}], "
                + $"AttributeDefinitions: [{string.Join(", ", attributes.Select(static a => a.Name))}]");
        }
    }

    private static void CheckSchema(List<RequestReader> schema, List<string> names)
    {
        if (names.Count == 2 && names[0] == names[1])
        {
            throw ItemException.Validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
        }

        if (schema[0].Text("KeyType") != "HASH")
        {
            throw ItemException.Validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
        }

        if (schema.Count == 2 && schema[1].Text("KeyType") != "RANGE")
        {
            throw ItemException.Validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        }
    }

    private static KeySchema KeyOf(List<string> names, List<KeyDefinition> attributes) => new(
        attributes.First(attribute => attribute.Name == names[0]),
        names.Count == 1 ? null : attributes.First(attribute => attribute.Name == names[1]));

    private static List<SecondaryIndex> ReadLocal(in RequestReader request, List<KeyDefinition> attributes, KeySchema table,
        HashSet<string> names)
    {
        if (!request.Has("LocalSecondaryIndexes"))
        {
            return [];
        }

        var indexes = new List<SecondaryIndex>();
        var given = request.List("LocalSecondaryIndexes").ToList();
        if (given.Count == 0)
        {
            throw ItemException.Validation(Invalid + "List of LocalSecondaryIndexes is empty");
        }

        if (table.Sort is null)
        {
            throw ItemException.Validation(Invalid
                + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
        }

        foreach (var json in given)
        {
            var reader = new RequestReader(json);
            var (keys, index) = ReadIndex(reader, attributes, local =>
            {
                if (local.Count != 2)
                {
                    throw ItemException.Validation(
                        $"{Invalid}Index KeySchema does not have a range key for index: {reader.Text("IndexName")}");
                }

                if (local[0] != table.Partition.Name)
                {
                    throw ItemException.Validation($"{Invalid}Index KeySchema does not have the same leading hash key as table KeySchema "
                        + $"for index: {reader.Text("IndexName")}. index hash key: {local[0]}, table hash key: {table.Partition.Name}");
                }
            });
            CheckName(index.Name, names);
            indexes.Add(index with { Key = KeyOf(keys, attributes), IsLocal = true });
        }

        return indexes.Count <= LocalIndexesMax ? indexes : throw ItemException.Validation(
            $"{Invalid}Number of LocalSecondaryIndexes exceeds per-table limit of {LocalIndexesMax}");
    }

    private static List<SecondaryIndex> ReadGlobal(in RequestReader request, List<KeyDefinition> attributes, HashSet<string> names)
    {
        if (!request.Has("GlobalSecondaryIndexes"))
        {
            return [];
        }

        var given = request.List("GlobalSecondaryIndexes").ToList();
        if (given.Count == 0)
        {
            throw ItemException.Validation(Invalid + "List of GlobalSecondaryIndexes is empty");
        }

        var indexes = new List<SecondaryIndex>();
        var payPerRequest = request.Text("BillingMode") == "PAY_PER_REQUEST";
        foreach (var json in given)
        {
            var index = ReadGlobalIndex(new RequestReader(json), attributes, payPerRequest);
            CheckName(index.Name, names);
            indexes.Add(index);
        }

        return indexes.Count <= GlobalIndexesMax ? indexes : throw ItemException.Validation(
            $"{Invalid}GlobalSecondaryIndex count exceeds the per-table limit of {GlobalIndexesMax}");
    }

    private static void CheckName(string name, HashSet<string> names)
    {
        if (!names.Add(name))
        {
            throw ItemException.Validation($"{Invalid}Duplicate index name: {name}");
        }
    }

    private static (List<string> Keys, SecondaryIndex Index) ReadIndex(RequestReader json, List<KeyDefinition> attributes,
        Action<List<string>>? checkKeys = null)
    {
        var schema = json.List("KeySchema").Select(static key => new RequestReader(key)).ToList();
        var keys = schema.ConvertAll(static key => key.Text("AttributeName")!);
        CheckDefined(keys, attributes);
        CheckSchema(schema, keys);
        checkKeys?.Invoke(keys);
        var projection = json.Structure("Projection")!.Value;
        var kind = projection.Text("ProjectionType")
            ?? throw ItemException.Validation(Invalid + "Unknown ProjectionType: null");
        if (projection.Has("NonKeyAttributes") && kind != "INCLUDE")
        {
            throw ItemException.Validation($"{Invalid}ProjectionType is {kind}, but NonKeyAttributes is specified");
        }

        if (!projection.Has("NonKeyAttributes") && kind == "INCLUDE")
        {
            throw ItemException.Validation(Invalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
        }

        return (keys, new SecondaryIndex
        {
            Name = json.Text("IndexName")!,
            Key = KeyOf(keys, attributes),
            Projection = kind switch
            {
                "ALL" => ProjectionKind.All,
                "KEYS_ONLY" => ProjectionKind.KeysOnly,
                _ => ProjectionKind.Include,
            },
            Included = [.. projection.List("NonKeyAttributes").Select(static name => name.GetString()!)],
        });
    }

    private static void CheckAllUsed(List<KeyDefinition> attributes, KeySchema key, List<SecondaryIndex> indexes)
    {
        var used = indexes.SelectMany(static index => index.Key.Attributes).Concat(key.Attributes)
            .Select(static attribute => attribute.Name).ToHashSet(StringComparer.Ordinal);
        if (attributes.Exists(attribute => !used.Contains(attribute.Name)))
        {
            throw ItemException.Validation($"{Invalid}Some AttributeDefinitions are not used. AttributeDefinitions: "
                + $"[{string.Join(", ", attributes.Select(static a => a.Name))}], keys used: [{string.Join(", ", used)}]");
        }
    }
}

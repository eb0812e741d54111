using static Shoal.Server.Items.Shapes.BasicShapes;

namespace Shoal.Server.Items.Shapes;

/// <summary>The requests of operations on tables and streams.</summary>
internal static class TableShapes
{
    private static readonly Shape Required = Text with { NotNull = true };
    private static readonly Shape Name = IndexName with { NotNull = true };
    private static readonly Shape Units = new(ShapeKind.Long) { NotNull = true, Min = 1 };

    private static readonly Shape Throughput =
        Field("ProvisionedThroughput", ("WriteCapacityUnits", Units), ("ReadCapacityUnits", Units));

    private static readonly Shape Projection = Field("Projection",
        ("ProjectionType", Enumeration("ALL", "INCLUDE", "KEYS_ONLY")),
        ("NonKeyAttributes", List(Text) with { LengthMin = 1, LengthMax = 20 })) with { NotNull = true };

    private static readonly Shape AttributeDefinitions = List(Structure("AttributeDefinition",
        ("AttributeName", Required), ("AttributeType", Enumeration("B", "N", "S") with { NotNull = true })));

    private static readonly Shape Billing = Enumeration("PROVISIONED", "PAY_PER_REQUEST");

    private static readonly Shape Stream = Field("StreamSpecification", ("StreamEnabled", Flag with { NotNull = true }),
        ("StreamViewType", Enumeration("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")));

    private static readonly Shape Sse = Field("SSESpecification", ("Enabled", Flag), ("SSEType", Text), ("KMSMasterKeyId", Text));

    private static readonly Shape TagList = List(Structure("Tag", ("Key", Text), ("Value", Text)));

    public static readonly Shape CreateTable = Operation(
        ("AttributeDefinitions", AttributeDefinitions with { NotNull = true }), ("TableName", RequiredTableName),
        ("BillingMode", Billing), ("ProvisionedThroughput", Throughput), ("KeySchema", Keys(checkType: true)),
        ("LocalSecondaryIndexes", List(Structure("LocalSecondaryIndex", ("IndexName", Name),
            ("KeySchema", Keys(checkType: false)), ("Projection", Projection)))),
        ("GlobalSecondaryIndexes", List(Structure("GlobalSecondaryIndex", ("IndexName", Name),
            ("KeySchema", Keys(checkType: false)), ("Projection", Projection), ("ProvisionedThroughput", Throughput)))),
        ("StreamSpecification", Stream), ("SSESpecification", Sse), ("Tags", TagList), ("TableClass", Text),
        ("DeletionProtectionEnabled", Flag));

    public static readonly Shape UpdateTable = Operation(
        ("TableName", RequiredTableName with { MayBeArn = true }), ("AttributeDefinitions", AttributeDefinitions),
        ("ProvisionedThroughput", Throughput),
        ("BillingMode", Billing),
        ("GlobalSecondaryIndexUpdates", List(Structure("GlobalSecondaryIndexUpdate",
            ("Update", Field("UpdateGlobalSecondaryIndexAction", ("IndexName", Name),
                ("ProvisionedThroughput", Throughput with { NotNull = true }))),
            ("Create", Field("CreateGlobalSecondaryIndexAction", ("Projection", Projection), ("IndexName", Name),
                ("ProvisionedThroughput", Throughput), ("KeySchema", Keys(checkType: false)))),
            ("Delete", Field("DeleteGlobalSecondaryIndexAction", ("IndexName", Name)))))),
        ("StreamSpecification", Stream), ("SSESpecification", Sse), ("TableClass", Text), ("DeletionProtectionEnabled", Flag));

    public static readonly Shape TableOnly = Operation(("TableName", RequiredTableName with { MayBeArn = true }));

    public static readonly Shape ListTables = Operation(
        ("Limit", new Shape(ShapeKind.Integer) { Min = 1, Max = 100 }), ("ExclusiveStartTableName", IndexName));

    public static readonly Shape UpdateTimeToLive = Operation(("TableName", TableName),
        ("TimeToLiveSpecification", Field("TimeToLiveSpecification", ("Enabled", Flag with { NotNull = true }),
            ("AttributeName", Required with { LengthMin = 1, LengthMax = 255 })) with { NotNull = true }));

    public static readonly Shape TagResource = Operation(("ResourceArn", Text), ("Tags", TagList));

    public static readonly Shape UntagResource = Operation(("ResourceArn", Text), ("TagKeys", List(Text)));

    public static readonly Shape ListTagsOfResource = Operation(("ResourceArn", Text), ("NextToken", Text));

    public static readonly Shape Empty = Operation();

    public static readonly Shape ListStreams = Operation(("TableName", IndexName), ("ExclusiveStartStreamArn", Text),
        ("Limit", new Shape(ShapeKind.Integer) { Min = 1, Max = 100 }));

    public static readonly Shape DescribeStream = Operation(("StreamArn", Required), ("ExclusiveStartShardId", Text),
        ("Limit", new Shape(ShapeKind.Integer) { Min = 1, Max = 100 }));

    public static readonly Shape GetShardIterator = Operation(("StreamArn", Required), ("ShardId", Required),
        ("ShardIteratorType",
            Enumeration("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST") with { NotNull = true }),
        ("SequenceNumber", Text));

    public static readonly Shape GetRecords = Operation(("ShardIterator", Required),
        ("Limit", new Shape(ShapeKind.Integer) { Min = 1, Max = 1000 }));

    private static Shape Keys(bool checkType)
    {
        var type = checkType ? Enumeration("HASH", "RANGE") : Text;
        return List(Structure("KeySchemaElement", ("AttributeName", Required), ("KeyType", type with { NotNull = true })))
            with { NotNull = true, LengthMin = 1, LengthMax = 2 };
    }

    private static Shape Operation(params (string Name, Shape Shape)[] members) =>
        new(ShapeKind.FieldStructure) { Members = members };
}

using static Shoal.Server.Items.Shapes.BasicShapes;

namespace Shoal.Server.Items.Shapes;

/// <summary>The requests of operations on items.</summary>
internal static class ItemShapes
{
    private static readonly (string Name, Shape Shape)[] Expressions =
        [("ExpressionAttributeValues", Values), ("ExpressionAttributeNames", Names)];

    private static readonly Shape Select =
        Enumeration("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES");

    private static readonly Shape Count = new(ShapeKind.Integer) { Min = 1 };

    public static readonly Shape PutItem = Operation(
        ("ReturnConsumedCapacity", Capacity), ("TableName", TableName), ("Item", Item), ("ConditionalOperator", ConditionalOperator),
        ("Expected", Expected), ("ReturnValues", ReturnValues), ("ReturnItemCollectionMetrics", CollectionMetrics),
        ("ConditionExpression", Text), ("ReturnValuesOnConditionCheckFailure", OnFailure));

    public static readonly Shape GetItem = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("ReturnConsumedCapacity", Capacity), ("AttributesToGet", AttributesToGet), ("TableName", TableName), ("Key", Item),
            ("ConsistentRead", Flag), ("ProjectionExpression", Text), ("ExpressionAttributeNames", Names),
        ],
    };

    public static readonly Shape DeleteItem = Operation(
        ("ReturnConsumedCapacity", Capacity), ("TableName", TableName), ("ReturnValues", ReturnValues),
        ("ReturnItemCollectionMetrics", CollectionMetrics), ("Key", Item), ("ConditionalOperator", ConditionalOperator),
        ("Expected", Expected),
        ("ConditionExpression", Text), ("ReturnValuesOnConditionCheckFailure", OnFailure));

    public static readonly Shape UpdateItem = Operation(
        ("ReturnConsumedCapacity", Capacity), ("TableName", TableName), ("ReturnItemCollectionMetrics", CollectionMetrics),
        ("ReturnValues", ReturnValues), ("Key", Item), ("ConditionalOperator", ConditionalOperator), ("Expected", Expected),
        ("AttributeUpdates", Map("AttributeValueUpdate", Structure("AttributeValueUpdate", ("Action", Text), ("Value", FieldValue)))),
        ("ConditionExpression", Text), ("UpdateExpression", Text), ("ReturnValuesOnConditionCheckFailure", OnFailure));

    public static readonly Shape Query = Operation(
        ("Select", Select), ("IndexName", IndexName), ("ReturnConsumedCapacity", Capacity), ("QueryFilter", Conditions),
        ("TableName", TableName), ("ConditionalOperator", ConditionalOperator), ("AttributesToGet", AttributesToGet),
        ("Limit", Count with { IsOnlyNamed = true }), ("KeyConditions", Conditions), ("ExclusiveStartKey", Values),
        ("ConsistentRead", Flag), ("ScanIndexForward", Flag), ("KeyConditionExpression", Text),
        ("FilterExpression", Text), ("ProjectionExpression", Text));

    public static readonly Shape Scan = Operation(
        ("Select", Select), ("IndexName", IndexName), ("TotalSegments", Count with { Max = 1_000_000 }),
        ("ReturnConsumedCapacity", Capacity), ("TableName", TableName), ("ConditionalOperator", ConditionalOperator),
        ("ScanFilter", Conditions), ("Segment", new Shape(ShapeKind.Integer) { Min = 0, Max = 999_999 }), ("Limit", Count),
        ("AttributesToGet", AttributesToGet), ("ExclusiveStartKey", Values), ("ConsistentRead", Flag), ("FilterExpression", Text),
        ("ProjectionExpression", Text));

    public static readonly Shape BatchGetItem = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("RequestItems", Map("KeysAndAttributes", Structure("KeysAndAttributes",
                ("Keys", new Shape(ShapeKind.List)
                {
                    NotNull = true,
                    LengthMin = 1,
                    LengthMax = 100,
                    IsOnlyNamed = true,
                    Element = new Shape(ShapeKind.ParameterizedMap) { TypeName = "AttributeValue", Element = Value, ChecksInside = false },
                }),
                ("AttributesToGet", AttributesToGet), ("ConsistentRead", Flag), ("ProjectionExpression", Text),
                ("ExpressionAttributeNames", Names))) with
                { NotNull = true, LengthMin = 1, KeysAreNames = true, IsOnlyNamed = true, IsShownAsJson = true }),
            ("ReturnConsumedCapacity", Capacity),
        ],
    };

    public static readonly Shape BatchWriteItem = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("ReturnConsumedCapacity", Capacity), ("ReturnItemCollectionMetrics", CollectionMetrics),
            ("RequestItems", Map("java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>", new Shape(ShapeKind.ParameterizedList)
            {
                Element = Structure("WriteRequest", ("DeleteRequest", Field("DeleteRequest", ("Key", Item))),
                    ("PutRequest", Field("PutRequest", ("Item", Item)))),
            }) with { NotNull = true, LengthMin = 1, KeysAreNames = true, ValueLengthMax = 25, IsOnlyNamed = true }),
        ],
    };

    public static readonly Shape TransactWriteItems = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("ClientRequestToken", Text with { LengthMin = 1, LengthMax = 36 }),
            ("ReturnConsumedCapacity", Capacity), ("ReturnItemCollectionMetrics", CollectionMetrics),
            ("TransactItems", List(Structure("TransactWriteItem",
                ("ConditionCheck", Action("ConditionCheck", ("Key", Item), ("TableName", TableName),
                    ("ConditionExpression", Text with { NotNull = true }))),
                ("Put", Action("Put", ("Item", Item), ("TableName", TableName), ("ConditionExpression", Text))),
                ("Delete", Action("Delete", ("Key", Item), ("TableName", TableName), ("ConditionExpression", Text))),
                ("Update", Action("Update", ("Key", Item), ("TableName", TableName), ("ConditionExpression", Text),
                    ("UpdateExpression", Text with { NotNull = true }))))) with { NotNull = true, LengthMin = 1, LengthMax = 100 }),
        ],
    };

    public static readonly Shape TransactGetItems = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("ReturnConsumedCapacity", Capacity),
            ("TransactItems", List(Structure("TransactGetItem", ("Get", Field("Get", ("Key", Item), ("TableName", TableName),
                ("ProjectionExpression", Text), ("ExpressionAttributeNames", Names)) with { NotNull = true })))
                with { NotNull = true, LengthMin = 1, LengthMax = 100 }),
        ],
    };

    private static Shape Action(string type, params (string Name, Shape Shape)[] members) =>
        Field(type, [.. members, .. Expressions, ("ReturnValuesOnConditionCheckFailure", OnFailure)]);

    private static Shape Operation(params (string Name, Shape Shape)[] members) =>
        new(ShapeKind.FieldStructure) { Members = [.. members, .. Expressions] };
}

using Shoal.Items;
using static Shoal.Server.Items.Shapes.BasicShapes;

namespace Shoal.Server.Items.Shapes;

/// <summary>The requests of PartiQL.</summary>
internal static class PartiqlShapes
{
    private const int TokenLengthMax = 32768;

    private static readonly Shape Statement = Text with { NotNull = true, LengthMin = 1, LengthMax = ItemLimits.StatementLengthMax };

    private static readonly Shape Parameters = List(Value) with { LengthMin = 1, ChecksInside = false };

    public static readonly Shape ExecuteStatement = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("Statement", Statement), ("Parameters", Parameters), ("ConsistentRead", Flag),
            ("NextToken", Text with { LengthMin = 1, LengthMax = TokenLengthMax }), ("ReturnConsumedCapacity", Capacity),
            ("Limit", new Shape(ShapeKind.Integer) { Min = 1 }), ("ReturnValuesOnConditionCheckFailure", OnFailure),
        ],
    };

    public static readonly Shape BatchExecuteStatement = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("Statements", List(Structure("BatchStatementRequest", ("Statement", Statement), ("Parameters", Parameters),
                ("ConsistentRead", Flag), ("ReturnValuesOnConditionCheckFailure", OnFailure)))
                with { NotNull = true, LengthMin = 1, LengthMax = ItemLimits.StatementsMax }),
            ("ReturnConsumedCapacity", Capacity),
        ],
    };

    public static readonly Shape ExecuteTransaction = new(ShapeKind.FieldStructure)
    {
        Members =
        [
            ("TransactStatements", List(Structure("ParameterizedStatement", ("Statement", Statement), ("Parameters", Parameters),
                ("ReturnValuesOnConditionCheckFailure", OnFailure)))
                with { NotNull = true, LengthMin = 1, LengthMax = ItemLimits.TransactionMax }),
            ("ClientRequestToken", Text with { LengthMin = 1, LengthMax = 36 }), ("ReturnConsumedCapacity", Capacity),
        ],
    };
}

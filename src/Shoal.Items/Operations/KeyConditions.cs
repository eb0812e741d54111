using Shoal.Items.Expressions;

namespace Shoal.Items.Operations;

/// <summary>Reads conditions on keys out of a <c>KeyConditionExpression</c>.</summary>
internal static class KeyConditions
{
    /// <exception cref="ItemException">It says more than a condition on a key may.</exception>
    public static Dictionary<string, AttributeComparison> Of(ConditionExpression expression)
    {
        var conditions = new Dictionary<string, AttributeComparison>(StringComparer.Ordinal);
        Collect(expression.Root, conditions);
        return conditions;
    }

    private static void Collect(ExpressionNode node, Dictionary<string, AttributeComparison> conditions)
    {
        CheckOperator(node);
        if (node.Kind == ExpressionNodeKind.And)
        {
            Collect(node.Arguments[0], conditions);
            Collect(node.Arguments[1], conditions);
            return;
        }

        ExpressionNode? key = null;
        var keyAt = 0;
        for (var index = 0; index < node.Arguments.Count; index++)
        {
            var argument = node.Arguments[index];
            if (argument.Kind == ExpressionNodeKind.Function)
            {
                CheckOperator(argument);
            }

            if (argument.Kind != ExpressionNodeKind.Path)
            {
                continue;
            }

            if (key is not null)
            {
                throw ItemException.Validation(
                    "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
            }

            if (argument.Path!.IsNested)
            {
                throw ItemException.Validation("KeyConditionExpressions cannot have conditions on nested attributes");
            }

            key = argument;
            keyAt = index;
        }

        if (key is null)
        {
            throw ItemException.Validation("Invalid condition in KeyConditionExpression: No key attribute specified");
        }

        var values = node.Arguments.Where(argument => argument.Kind == ExpressionNodeKind.Value).Select(argument => argument.Value!);
        if (!conditions.TryAdd(key.Path!.Head, new AttributeComparison(OperatorOf(node, keyAt > 0), [.. values])))
        {
            throw ItemException.Validation(
                "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key");
        }
    }

    private static void CheckOperator(ExpressionNode node)
    {
        const string Invalid = "Invalid operator used in KeyConditionExpression: ";
        switch (node.Kind)
        {
            case ExpressionNodeKind.Or or ExpressionNodeKind.Not or ExpressionNodeKind.In:
                throw ItemException.Validation(Invalid + node.Name);
            case ExpressionNodeKind.Comparison when node.Name == "<>":
                throw ItemException.Validation(Invalid + node.Name);
            case ExpressionNodeKind.Function when node.Name == "size":
                throw ItemException.Validation("KeyConditionExpressions cannot contain nested operations");
            case ExpressionNodeKind.Function when node.Name != "begins_with":
                throw ItemException.Validation(Invalid + node.Name);
            case ExpressionNodeKind.Between or ExpressionNodeKind.Function
                when node.Arguments[0].Kind != ExpressionNodeKind.Path:
                throw ItemException.Validation($"Invalid condition in KeyConditionExpression: {node.Name} operator must have "
                    + "the key attribute as its first operand");
        }
    }

    /// <summary>With the key on the right, the comparison is the other way round.</summary>
    private static ComparisonOperator OperatorOf(ExpressionNode node, bool turned) => node.Kind switch
    {
        ExpressionNodeKind.Between => ComparisonOperator.BETWEEN,
        ExpressionNodeKind.Function => ComparisonOperator.BEGINS_WITH,
        _ => (node.Name, turned) switch
        {
            ("=", _) => ComparisonOperator.EQ,
            ("<", false) or (">", true) => ComparisonOperator.LT,
            ("<=", false) or (">=", true) => ComparisonOperator.LE,
            (">", false) or ("<", true) => ComparisonOperator.GT,
            _ => ComparisonOperator.GE,
        },
    };
}

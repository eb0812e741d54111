using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>A parsed condition.</summary>
internal sealed class ConditionExpression(
    ExpressionNode root, IReadOnlySet<string> heads, IReadOnlySet<string> nestedHeads) : IItemCondition
{
    public ExpressionNode Root { get; } = root;

    /// <summary>The attributes it looks at.</summary>
    public IReadOnlySet<string> Heads { get; } = heads;

    /// <summary>Those that it looks into.</summary>
    public IReadOnlySet<string> NestedHeads { get; } = nestedHeads;

    /// <inheritdoc/>
    public bool Holds(Item item) => Holds(Root, item);

    private static bool Holds(ExpressionNode node, Item item) => node.Kind switch
    {
        ExpressionNodeKind.And => Holds(node.Arguments[0], item) && Holds(node.Arguments[1], item),
        ExpressionNodeKind.Or => Holds(node.Arguments[0], item) || Holds(node.Arguments[1], item),
        ExpressionNodeKind.Not => !Holds(node.Arguments[0], item),
        ExpressionNodeKind.Comparison => Comparison.Holds(node.Name, Value(node.Arguments[0], item), Value(node.Arguments[1], item)),
        ExpressionNodeKind.Between => Comparison.IsBetween(
            Value(node.Arguments[0], item), Value(node.Arguments[1], item), Value(node.Arguments[2], item)),
        ExpressionNodeKind.In => IsIn(node, item),
        _ => FunctionHolds(node, item),
    };

    private static bool IsIn(ExpressionNode node, Item item)
    {
        var value = Value(node.Arguments[0], item);
        for (var index = 1; index < node.Arguments.Count; index++)
        {
            if (Comparison.AreEqual(value, Value(node.Arguments[index], item)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool FunctionHolds(ExpressionNode node, Item item)
    {
        var first = Value(node.Arguments[0], item);
        var second = node.Arguments.Count > 1 ? Value(node.Arguments[1], item) : null;
        return node.Name switch
        {
            "attribute_exists" => first is not null,
            "attribute_not_exists" => first is null,
            "attribute_type" => first is not null && second?.Type == AttributeType.S && first.Type.ToString() == second.AsText,
            "begins_with" => Comparison.BeginsWith(first, second),
            _ => Comparison.Contains(first, second),
        };
    }

    private static AttributeValue? Value(ExpressionNode node, Item item) => node.Kind switch
    {
        ExpressionNodeKind.Path => node.Path!.Find(item),
        ExpressionNodeKind.Value => node.Value,
        _ => Size(Value(node.Arguments[0], item)),
    };

    private static AttributeValue? Size(AttributeValue? value) => value?.Type switch
    {
        AttributeType.S => AttributeValue.Number(AttributeValue.Utf8Length(value.AsText)),
        AttributeType.B => AttributeValue.Number(value.AsBytes.Length),
        AttributeType.M or AttributeType.L or AttributeType.SS or AttributeType.NS or AttributeType.BS =>
            AttributeValue.Number(value.Count),
        _ => null,
    };
}

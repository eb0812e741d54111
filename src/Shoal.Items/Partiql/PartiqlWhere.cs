using Shoal.Items.Expressions;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>The parts of a condition that are joined by AND, and what they say about keys.</summary>
internal sealed class PartiqlWhere
{
    private readonly List<ExpressionNode> _parts = [];

    public PartiqlWhere(ExpressionNode? condition)
    {
        if (condition is not null)
        {
            Collect(condition);
        }
    }

    /// <summary>The key that it names, all attributes of it by equality; null when it names none.</summary>
    /// <param name="schema">Whose key.</param>
    /// <param name="rest">What it says besides; null for nothing.</param>
    public Item? FindKey(KeySchema schema, out ExpressionNode? rest)
    {
        var key = new Item();
        rest = null;
        foreach (var part in _parts)
        {
            if (AsEquality(part) is { } equality && schema.Contains(equality.Name) && key.TryAdd(equality.Name, equality.Value))
            {
                continue;
            }

            rest = rest is null ? part : ExpressionNode.Of(ExpressionNodeKind.And, "AND", rest, part);
        }

        return key.Count == schema.Count ? key : null;
    }

    /// <summary>The partitions that it confines itself to; null when it does not.</summary>
    public IReadOnlyList<AttributeValue>? FindPartitions(KeySchema schema)
    {
        foreach (var part in _parts)
        {
            if (AsEquality(part) is { } equality && equality.Name == schema.Partition.Name)
            {
                return [equality.Value];
            }
        }

        foreach (var part in _parts)
        {
            if (part.Kind == ExpressionNodeKind.In && IsAttribute(part.Arguments[0], schema.Partition.Name)
                && part.Arguments.Skip(1).All(static argument => argument.Kind == ExpressionNodeKind.Value))
            {
                return [.. part.Arguments.Skip(1).Select(static argument => argument.Value!).Distinct()];
            }
        }

        return null;
    }

    /// <summary>What it says of the sort key that makes the range smaller; null for nothing.</summary>
    public AttributeComparison? FindSort(KeySchema schema)
    {
        if (schema.Sort is not { } sort)
        {
            return null;
        }

        foreach (var part in _parts)
        {
            var (comparator, operands) = part.Kind switch
            {
                ExpressionNodeKind.Comparison => (part.Name, part.Arguments),
                ExpressionNodeKind.Between or ExpressionNodeKind.Function => (part.Name, part.Arguments),
                _ => ("", []),
            };
            ComparisonOperator? found = comparator switch
            {
                "=" => ComparisonOperator.EQ,
                "<" => ComparisonOperator.LT,
                "<=" => ComparisonOperator.LE,
                ">" => ComparisonOperator.GT,
                ">=" => ComparisonOperator.GE,
                "BETWEEN" => ComparisonOperator.BETWEEN,
                "begins_with" => ComparisonOperator.BEGINS_WITH,
                _ => null,
            };
            if (found is { } operation && operands.Count > 1 && IsAttribute(operands[0], sort.Name)
                && operands.Skip(1).All(static operand => operand.Kind == ExpressionNodeKind.Value)
                && !(operation == ComparisonOperator.BEGINS_WITH && sort.Type == AttributeType.N))
            {
                return new AttributeComparison(operation, [.. operands.Skip(1).Select(static operand => operand.Value!)]);
            }
        }

        return null;
    }

    /// <summary>The attributes that a condition looks at.</summary>
    public static IEnumerable<string> Heads(ExpressionNode? node) => node switch
    {
        null => [],
        { Kind: ExpressionNodeKind.Path } => [node.Path!.Head],
        _ => node.Arguments.SelectMany(Heads),
    };

    private void Collect(ExpressionNode node)
    {
        // A chain of ANDs leans to the left and may be long.
        var rights = new Stack<ExpressionNode>();
        for (; node.Kind == ExpressionNodeKind.And; node = node.Arguments[0])
        {
            rights.Push(node.Arguments[1]);
        }

        _parts.Add(node);
        foreach (var right in rights)
        {
            if (right.Kind == ExpressionNodeKind.And)
            {
                Collect(right);
            }
            else
            {
                _parts.Add(right);
            }
        }
    }

    private static (string Name, AttributeValue Value)? AsEquality(ExpressionNode node)
    {
        if (node is not { Kind: ExpressionNodeKind.Comparison, Name: "=" })
        {
            return null;
        }

        var (first, second) = (node.Arguments[0], node.Arguments[1]);
        return first.Path is { IsNested: false } path && second.Value is { } value ? (path.Head, value)
            : second.Path is { IsNested: false } other && first.Value is { } given ? (other.Head, given) : null;
    }

    private static bool IsAttribute(ExpressionNode node, string name) => node.Path is { IsNested: false } path && path.Head == name;
}

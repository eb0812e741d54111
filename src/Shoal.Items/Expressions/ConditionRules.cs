using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>What a condition may not say although it can be parsed.</summary>
internal sealed class ConditionRules(ExpressionErrors errors)
{
    private const string NotAllowedHere = "The function is not allowed to be used this way in an expression; function: ";

    private static readonly string[] TypeNames = ["S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M"];

    /// <summary>A condition is complete: what is wrong with its operands counts as wrong with it.</summary>
    public void ConditionRead() => errors.Collect("condition", "attrNameVal", "operand", "distinct", "function");

    public void CheckMisusedFunction(params ReadOnlySpan<ExpressionNode> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Kind == ExpressionNodeKind.Function && argument.Name != "size")
            {
                errors.Add("misusedFunction", NotAllowedHere + argument.Name);
            }
        }
    }

    /// <summary><c>size</c> is a number, not a condition.</summary>
    public void CheckMisusedSize(ExpressionNode node)
    {
        if (node is { Kind: ExpressionNodeKind.Function, Name: "size" })
        {
            errors.Add("misusedFunction", NotAllowedHere + node.Name);
        }
    }

    public void CheckComparison(string comparator, ExpressionNode left, ExpressionNode right)
    {
        CheckDistinct(comparator, left, right);
        if (comparator is "=" or "<>")
        {
            return;
        }

        foreach (var operand in (ReadOnlySpan<ExpressionNode>)[left, right])
        {
            if (operand.ImmediateType is { } type && type is not (AttributeType.S or AttributeType.N or AttributeType.B))
            {
                WrongType(comparator, type.ToString());
            }
        }
    }

    public void CheckBetween(ExpressionNode low, ExpressionNode high)
    {
        if (low.ImmediateType is not { } lowType || high.ImmediateType is not { } highType)
        {
            return;
        }

        var problem = lowType != highType
            ? "The BETWEEN operator requires same data type for lower and upper bounds; "
            : low.Value!.CompareTo(high.Value) > 0
                ? "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                : null;
        if (problem is not null)
        {
            errors.Add("function", problem
                + $"lower bound operand: AttributeValue: {{{lowType}:{low.Value}}}, "
                + $"upper bound operand: AttributeValue: {{{highType}:{high.Value}}}");
        }
        else if (lowType is not (AttributeType.S or AttributeType.N or AttributeType.B))
        {
            WrongType("BETWEEN", lowType.ToString());
        }
    }

    public void CheckIn(int count)
    {
        if (count > ItemLimits.InOperandsMax)
        {
            WrongCount("IN", count + 1);
        }
    }

    /// <summary>Checks a call and tells the type of its result.</summary>
    public AttributeType? CheckFunction(string name, List<ExpressionNode> arguments)
    {
        var expected = name switch
        {
            "attribute_exists" or "attribute_not_exists" or "size" => 1,
            "attribute_type" or "begins_with" or "contains" => 2,
            _ => 0,
        };
        if (expected == 0)
        {
            errors.Add("unknownFunction", $"Invalid function name; function: {name}");
            return null;
        }

        if (errors.Has("operand"))
        {
            return null;
        }

        if (arguments.Count != expected)
        {
            WrongCount(name, arguments.Count);
            return null;
        }

        if (expected == 2)
        {
            CheckDistinct(name, arguments[0], arguments[1]);
        }

        return CheckTypes(name, arguments);
    }

    private AttributeType? CheckTypes(string name, List<ExpressionNode> arguments)
    {
        switch (name)
        {
            case "begins_with":
                foreach (var argument in arguments)
                {
                    if (argument.KnownType is { } type && type is not (AttributeType.S or AttributeType.B))
                    {
                        WrongType(name, type.ToString());
                        break;
                    }
                }

                return AttributeType.BOOL;
            case "attribute_type":
                if (arguments[1].KnownType != AttributeType.S)
                {
                    WrongType(name, arguments[1].KnownType?.ToString() ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
                }
                else if (arguments[1].Value is { } wanted && !TypeNames.Contains(wanted.AsText, StringComparer.Ordinal))
                {
                    errors.Add("function",
                        $"Invalid attribute type name found; type: {wanted.AsText}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}");
                }

                return AttributeType.BOOL;
            case "size":
                if (arguments[0].KnownType is { } sized && sized is AttributeType.N or AttributeType.BOOL or AttributeType.NULL)
                {
                    WrongType(name, sized.ToString());
                }

                return AttributeType.N;
            case "contains":
                return AttributeType.BOOL;
            default:
                if (arguments[0].Kind != ExpressionNodeKind.Path)
                {
                    errors.Add("function", $"Operator or function requires a document path; operator or function: {name}");
                }

                return null;
        }
    }

    private void CheckDistinct(string name, ExpressionNode first, ExpressionNode second)
    {
        if (first.Path is { } path && second.Path is { } other && path.Same(other))
        {
            errors.Add("distinct", "The first operand must be distinct from the remaining operands for this operator or function; "
                + $"operator: {name}, first operand: {path}");
        }
    }

    private void WrongType(string name, string type) => errors.Add("function",
        $"Incorrect operand type for operator or function; operator or function: {name}, operand type: {type}");

    private void WrongCount(string name, int count) => errors.Add("operand",
        $"Incorrect number of operands for operator or function; operator or function: {name}, number of operands: {count}");
}

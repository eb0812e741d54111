using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>Reads the condition of a PartiQL statement into the nodes that expressions are made of.</summary>
internal sealed class PartiqlConditions(PartiqlReader reader, PartiqlValues values)
{
    private static readonly string[] Comparators = ["=", "<>", "!=", "<", "<=", ">", ">="];

    private readonly ExpressionErrors _errors = new("misusedFunction", "operand", "distinct", "function");

    /// <exception cref="ItemException">It is no valid condition.</exception>
    public ExpressionNode Read()
    {
        var condition = Condition(ReadOr());
        return _errors.Find() is { } error ? throw ItemException.Validation(error) : condition;
    }

    private ConditionRules Rules => new(_errors);

    private ExpressionNode ReadOr()
    {
        reader.Enter();
        var left = ReadAnd();
        while (reader.TryTakeWord("OR"))
        {
            left = ExpressionNode.Of(ExpressionNodeKind.Or, "OR", Condition(left), Condition(ReadAnd()));
        }

        reader.Leave();
        return left;
    }

    private ExpressionNode ReadAnd()
    {
        var left = ReadNot();
        while (reader.TryTakeWord("AND"))
        {
            left = ExpressionNode.Of(ExpressionNodeKind.And, "AND", Condition(left), Condition(ReadNot()));
        }

        return left;
    }

    private ExpressionNode ReadNot()
    {
        if (!reader.TryTakeWord("NOT"))
        {
            return ReadPredicate();
        }

        reader.Enter();
        var inner = Condition(ReadNot());
        reader.Leave();
        return ExpressionNode.Of(ExpressionNodeKind.Not, "NOT", inner);
    }

    private ExpressionNode ReadPredicate()
    {
        var left = ReadOperand();
        var token = reader.Current;
        if (token.Kind == PartiqlTokenKind.Symbol && Comparators.Contains(token.Text, StringComparer.Ordinal))
        {
            reader.Take();
            var right = Operand(ReadOperand());
            var comparator = token.Text == "!=" ? "<>" : token.Text;
            Rules.CheckComparison(comparator, Operand(left), right);
            return ExpressionNode.Of(ExpressionNodeKind.Comparison, comparator, left, right);
        }

        if (token.IsWord("IS"))
        {
            reader.Take();
            return ReadIs(Operand(left));
        }

        // NOT stands before the condition or, as in SQL, before the operator.
        var isNegated = token.IsWord("NOT") && (reader.Next.IsWord("IN") || reader.Next.IsWord("BETWEEN"));
        if (isNegated)
        {
            reader.Take();
        }

        var node = reader.TryTakeWord("BETWEEN") ? ReadBetween(Operand(left)) : reader.TryTakeWord("IN") ? ReadIn(Operand(left)) : left;
        return isNegated ? ExpressionNode.Of(ExpressionNodeKind.Not, "NOT", node) : node;
    }

    private ExpressionNode ReadBetween(ExpressionNode operand)
    {
        var low = Operand(ReadOperand());
        reader.ExpectWord("AND");
        var high = Operand(ReadOperand());
        Rules.CheckBetween(low, high);
        return ExpressionNode.Of(ExpressionNodeKind.Between, "BETWEEN", operand, low, high);
    }

    private ExpressionNode ReadIn(ExpressionNode operand)
    {
        var list = new List<ExpressionNode> { operand };
        if (reader.TryTake("("))
        {
            do
            {
                list.Add(Operand(ReadOperand()));
            }
            while (reader.TryTake(","));
            reader.Expect(")", "RIGHT_PAREN");
        }
        else if (values.IsAtValue && values.Read() is { Type: AttributeType.L } given)
        {
            list.AddRange(given.AsList.Select(ExpressionNode.OfValue));
        }
        else
        {
            throw PartiqlReader.Malformed("Expected a list after IN");
        }

        Rules.CheckIn(list.Count - 1);
        return ExpressionNode.Of(ExpressionNodeKind.In, "IN", list);
    }

    private ExpressionNode ReadIs(ExpressionNode operand)
    {
        var isNegated = reader.TryTakeWord("NOT");
        var name = reader.ExpectName("a type").Text.ToUpperInvariant();
        var type = name switch
        {
            "MISSING" => null,
            "NULL" => "NULL",
            "BOOL" or "BOOLEAN" => "BOOL",
            "STRING" or "VARCHAR" or "CHAR" or "CHARACTER" => "S",
            "NUMERIC" or "NUMBER" or "DECIMAL" or "INT" or "INTEGER" or "FLOAT" => "N",
            "BLOB" or "BINARY" => "B",
            "LIST" => "L",
            "MAP" or "STRUCT" or "TUPLE" => "M",
            _ => throw PartiqlReader.Malformed("Expected a type after IS"),
        };
        var node = type is null ? Function("attribute_not_exists", operand)
            : Function("attribute_type", operand, ExpressionNode.OfValue(AttributeValue.Text(type)));
        return isNegated ? ExpressionNode.Of(ExpressionNodeKind.Not, "NOT", node) : node;
    }

    private ExpressionNode ReadOperand()
    {
        if (values.IsAtValue)
        {
            return ExpressionNode.OfValue(values.Read());
        }

        if (reader.TryTake("("))
        {
            var inner = ReadOr();
            reader.Expect(")", "RIGHT_PAREN");
            return inner;
        }

        return reader.Current.Kind == PartiqlTokenKind.Word && reader.Next.Is("(") ? ReadFunction()
            : ExpressionNode.OfPath(PartiqlPaths.Read(reader));
    }

    private ExpressionNode ReadFunction()
    {
        var token = reader.Take();
        var name = token.Text.ToLowerInvariant();
        if (name is not ("attribute_exists" or "attribute_not_exists" or "attribute_type" or "begins_with" or "contains" or "size"))
        {
            throw ItemException.Validation($"Unrecognized function: {name} at {reader.PlaceOf(token)}");
        }

        var arguments = new List<ExpressionNode>();
        reader.Expect("(", "LEFT_PAREN");
        reader.Enter();
        if (!reader.TryTake(")"))
        {
            do
            {
                arguments.Add(Operand(ReadOperand()));
            }
            while (reader.TryTake(","));
            reader.Expect(")", "RIGHT_PAREN");
        }

        reader.Leave();
        var type = Rules.CheckFunction(name, arguments);
        return _errors.Find() is { } error ? throw ItemException.Validation(error) : new ExpressionNode
        {
            Kind = ExpressionNodeKind.Function,
            Name = name,
            Arguments = arguments,
            ResultType = type,
        };
    }

    private static ExpressionNode Function(string name, params IReadOnlyList<ExpressionNode> arguments) =>
        ExpressionNode.Of(ExpressionNodeKind.Function, name, arguments);

    private static ExpressionNode Condition(ExpressionNode node) =>
        node.IsCondition || node is { Kind: ExpressionNodeKind.Function, Name: not "size" } ? node
            : throw PartiqlReader.Malformed("Expected a condition");

    private static ExpressionNode Operand(ExpressionNode node) =>
        node.IsCondition ? throw PartiqlReader.Malformed("Unexpected token after expression") : node;
}

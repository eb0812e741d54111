using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>Reads the changes of a PartiQL UPDATE into the clauses that update expressions are made of.</summary>
internal sealed class PartiqlUpdates(PartiqlReader reader, PartiqlValues values)
{
    private readonly ExpressionErrors _errors = new("pathOverlap", "pathConflict");
    private readonly List<UpdateClause> _clauses = [];
    private readonly HashSet<string> _nestedHeads = new(StringComparer.Ordinal);

    /// <summary>One SET or REMOVE after the other.</summary>
    /// <exception cref="ItemException">There is none, or one is not valid.</exception>
    public UpdateExpression Read()
    {
        var targets = new PathSet(_errors);
        while (true)
        {
            if (reader.TryTakeWord("SET"))
            {
                do
                {
                    _clauses.Add(ReadSet());
                }
                while (reader.TryTake(","));
            }
            else if (reader.TryTakeWord("REMOVE"))
            {
                do
                {
                    _clauses.Add(new UpdateClause(UpdateClauseKind.Remove, ReadPath(), Value: null));
                }
                while (reader.TryTake(","));
            }
            else
            {
                break;
            }
        }

        if (_clauses.Count == 0)
        {
            throw PartiqlReader.Malformed("Expected data manipulation");
        }

        foreach (var clause in _clauses)
        {
            targets.Add(clause.Path);
        }

        return _errors.Find() is { } error ? throw ItemException.Validation(error) : new UpdateExpression(_clauses, _nestedHeads);
    }

    private DocumentPath ReadPath()
    {
        var path = PartiqlPaths.Read(reader);
        if (path.IsNested)
        {
            _nestedHeads.Add(path.Head);
        }

        return path;
    }

    private UpdateClause ReadSet()
    {
        var path = ReadPath();
        reader.Expect("=", "EQ");
        var token = reader.Current;
        if (reader.Next.Is("(") && (token.IsWord("set_add") || token.IsWord("set_delete")))
        {
            return ReadSetFunction(path, reader.Take());
        }

        var left = ReadOperand();
        while (reader.Current.Is("+") || reader.Current.Is("-"))
        {
            var name = reader.Take().Text;
            left = new ExpressionNode
            {
                Kind = name == "+" ? ExpressionNodeKind.Plus : ExpressionNodeKind.Minus,
                Name = name,
                Arguments = [left, ReadOperand()],
                ResultType = AttributeType.N,
            };
        }

        return new UpdateClause(UpdateClauseKind.Set, path, left);
    }

    private ExpressionNode ReadOperand()
    {
        if (values.IsAtValue)
        {
            return ExpressionNode.OfValue(values.Read());
        }

        if (reader.TryTake("("))
        {
            reader.Enter();
            var inner = ReadOperand();
            reader.Leave();
            reader.Expect(")", "RIGHT_PAREN");
            return inner;
        }

        if (reader.Current.Kind != PartiqlTokenKind.Word || !reader.Next.Is("("))
        {
            return ExpressionNode.OfPath(ReadPath());
        }

        var token = reader.Take();
        var name = token.Text.ToLowerInvariant();
        if (name is not ("list_append" or "if_not_exists"))
        {
            throw ItemException.Validation($"Unrecognized function: {name} at {reader.PlaceOf(token)}");
        }

        reader.Enter();
        reader.Expect("(", "LEFT_PAREN");
        var first = ReadOperand();
        reader.Expect(",", "COMMA");
        var second = ReadOperand();
        reader.Expect(")", "RIGHT_PAREN");
        reader.Leave();
        if (name == "if_not_exists" && first.Kind != ExpressionNodeKind.Path)
        {
            throw ItemException.Validation(
                "Operator or function requires a document path; operator or function: if_not_exists");
        }

        return ExpressionNode.Of(ExpressionNodeKind.Function, name, first, second);
    }

    /// <summary><c>SET a = set_add(a, members)</c> is an ADD, <c>set_delete</c> a DELETE.</summary>
    private UpdateClause ReadSetFunction(DocumentPath target, PartiqlToken function)
    {
        var name = function.Text.ToUpperInvariant();
        reader.Expect("(", "LEFT_PAREN");
        var firstToken = reader.Current;
        var arguments = new List<ExpressionNode>();
        do
        {
            arguments.Add(ReadOperand());
        }
        while (reader.TryTake(","));
        reader.Expect(")", "RIGHT_PAREN");
        if (arguments.Count != 2)
        {
            throw ItemException.Validation($"{name} must have exactly two arguments at {reader.PlaceOf(function)}");
        }

        if (arguments[0].Path is not { } path || !path.Same(target))
        {
            throw ItemException.Validation(
                $"The first argument to {name} must equal the assignment value at {reader.PlaceOf(function)}");
        }

        return arguments[1].Value is { IsSet: true }
            ? new UpdateClause(name == "SET_ADD" ? UpdateClauseKind.Add : UpdateClauseKind.Delete, target, arguments[1])
            : throw ItemException.Validation(
                $"The second argument to {name} must be a value with type SET at {reader.PlaceOf(firstToken)}");
    }
}

using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>Parses an <c>UpdateExpression</c>.</summary>
internal sealed class UpdateParser
{
    private static readonly string[] Sections = ["SET", "REMOVE", "ADD", "DELETE"];

    private readonly ExpressionReader _reader;
    private readonly ExpressionContext _context;
    private readonly ExpressionErrors _errors = new("reserved", "unknownFunction", "section", "attrName", "attrVal",
        "pathOverlap", "pathConflict", "operand", "function");
    private readonly PathParser _paths;
    private readonly PathSet _targets;
    private readonly List<UpdateClause> _clauses = [];
    private readonly HashSet<string> _nestedHeads = new(StringComparer.Ordinal);

    private UpdateParser(string text, ExpressionContext context)
    {
        _reader = new ExpressionReader("UpdateExpression", text);
        _context = context;
        _paths = new PathParser(_reader, context, _errors, "attrName");
        _targets = new PathSet(_errors);
    }

    /// <exception cref="ItemException">It is no valid update.</exception>
    public static UpdateExpression Parse(string text, ExpressionContext context)
    {
        var parser = new UpdateParser(text, context);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            parser.ReadSection(seen);
        }
        while (!parser._reader.IsAtEnd);
        return parser._errors.Find() is { } error
            ? throw parser._reader.Fail(error)
            : new UpdateExpression(parser._clauses, parser._nestedHeads);
    }

    private void ReadSection(HashSet<string> seen)
    {
        var token = _reader.Take();
        var section = Sections.FirstOrDefault(token.IsWord);
        if (section is null)
        {
            _reader.StepBack();
            throw _reader.SyntaxError();
        }

        do
        {
            _reader.CountOperator();
            _clauses.Add(section switch
            {
                "SET" => ReadSet(),
                "REMOVE" => new UpdateClause(UpdateClauseKind.Remove, ReadTarget(), Value: null),
                "ADD" => ReadSetOperation(UpdateClauseKind.Add, section),
                _ => ReadSetOperation(UpdateClauseKind.Delete, section),
            });
        }
        while (_reader.TryTake(","));
        if (!seen.Add(section))
        {
            _errors.Add("section", $"The \"{section}\" section can only be used once in an update expression;");
        }
    }

    private UpdateClause ReadSet()
    {
        var path = ReadPath();
        _reader.Expect("=");
        var value = ReadValue();
        _targets.Add(path);
        return new UpdateClause(UpdateClauseKind.Set, path, value);
    }

    private UpdateClause ReadSetOperation(UpdateClauseKind kind, string section)
    {
        var path = ReadPath();
        if (_reader.Current.Kind != TokenKind.ValuePlaceholder)
        {
            throw _reader.SyntaxError();
        }

        var value = ExpressionNode.OfValue(ResolveValue(_reader.Take().Text));
        _targets.Add(path);
        if (value.ImmediateType is { } type && !value.Value!.IsSet && !(kind == UpdateClauseKind.Add && type == AttributeType.N))
        {
            var name = type switch
            {
                AttributeType.S => "STRING",
                AttributeType.N => "NUMBER",
                AttributeType.B => "BINARY",
                AttributeType.BOOL => "BOOLEAN",
                AttributeType.L => "LIST",
                AttributeType.M => "MAP",
                _ => type.ToString(),
            };
            _errors.Add("operand",
                $"Incorrect operand type for operator or function; operator: {section}, operand type: {name}");
        }

        return new UpdateClause(kind, path, value);
    }

    private DocumentPath ReadTarget()
    {
        var path = ReadPath();
        _targets.Add(path);
        return path;
    }

    private DocumentPath ReadPath()
    {
        var path = IsSectionWord(_reader.Current) ? throw _reader.SyntaxError() : _paths.Read();
        if (path.IsNested)
        {
            _nestedHeads.Add(path.Head);
        }

        return path;
    }

    private static bool IsSectionWord(ExpressionToken token) => Sections.Any(token.IsWord);

    /// <summary>A sum, a difference or an operand; one pair of parentheses may stand around each.</summary>
    private ExpressionNode ReadValue()
    {
        ExpressionNode left;
        if (_reader.TryTake("("))
        {
            _reader.Enter();
            left = ReadValue();
            _reader.Leave();
            _reader.Expect(")");
            if (left.Kind is ExpressionNodeKind.Plus or ExpressionNodeKind.Minus)
            {
                return left;
            }
        }
        else
        {
            left = ReadOperand();
        }

        var name = _reader.Current.Text;
        if (!_reader.TryTake("+") && !_reader.TryTake("-"))
        {
            return left;
        }

        _reader.CountOperator();
        var right = ReadOperandInParentheses();
        foreach (var operand in (ReadOnlySpan<ExpressionNode>)[left, right])
        {
            if (operand.ImmediateType is { } type && type != AttributeType.N)
            {
                WrongType(name, type);
                break;
            }
        }

        return new ExpressionNode
        {
            Kind = name == "+" ? ExpressionNodeKind.Plus : ExpressionNodeKind.Minus,
            Name = name,
            Arguments = [left, right],
            ResultType = AttributeType.N,
        };
    }

    private ExpressionNode ReadOperandInParentheses()
    {
        if (!_reader.TryTake("("))
        {
            return ReadOperand();
        }

        var operand = ReadOperand();
        _reader.Expect(")");
        return operand;
    }

    private ExpressionNode ReadOperand()
    {
        var token = _reader.Current;
        if (token.Kind == TokenKind.ValuePlaceholder)
        {
            _reader.Take();
            return ExpressionNode.OfValue(ResolveValue(token.Text));
        }

        return token.Kind == TokenKind.Word && !IsSectionWord(token) && _reader.Next.Is("(")
            ? ReadFunction()
            : ExpressionNode.OfPath(ReadPath());
    }

    private ExpressionNode ReadFunction()
    {
        var name = _reader.Take().Text;
        _reader.CountOperator();
        _reader.Expect("(");
        _reader.Enter();
        var arguments = new List<ExpressionNode>();
        do
        {
            arguments.Add(ReadOperandInParentheses());
        }
        while (_reader.TryTake(","));
        _reader.Expect(")");
        _reader.Leave();
        return new ExpressionNode
        {
            Kind = ExpressionNodeKind.Function,
            Name = name,
            Arguments = arguments,
            ResultType = CheckFunction(name, arguments),
        };
    }

    private AttributeType? CheckFunction(string name, List<ExpressionNode> arguments)
    {
        if (name is not ("if_not_exists" or "list_append"))
        {
            _errors.Add("unknownFunction", $"Invalid function name; function: {name}");
            return null;
        }

        if (arguments.Count != 2)
        {
            _errors.Add("function", "Incorrect number of operands for operator or function; "
                + $"operator or function: {name}, number of operands: {arguments.Count}");
            return null;
        }

        if (name == "if_not_exists")
        {
            if (arguments[0].Kind != ExpressionNodeKind.Path)
            {
                _errors.Add("function", $"Operator or function requires a document path; operator or function: {name}");
            }

            return arguments[1].KnownType;
        }

        foreach (var argument in arguments)
        {
            if (argument.ImmediateType is { } type && type != AttributeType.L)
            {
                WrongType(name, type);
                break;
            }
        }

        return AttributeType.L;
    }

    private void WrongType(string name, AttributeType type) => _errors.Add("function",
        $"Incorrect operand type for operator or function; operator or function: {name}, operand type: {type}");

    private AttributeValue? ResolveValue(string placeholder)
    {
        if (_errors.Has("attrVal"))
        {
            return null;
        }

        var value = _context.Value(placeholder);
        if (value is null)
        {
            _errors.Add("attrVal",
                $"An expression attribute value used in expression is not defined; attribute value: {placeholder}");
        }

        return value;
    }
}

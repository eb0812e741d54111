using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>Parses conditions: <c>ConditionExpression</c>, <c>FilterExpression</c>, <c>KeyConditionExpression</c>.</summary>
/// <remarks>
/// Recursive descent with one token of look-ahead. A parenthesis may hold a condition or an operand, so both are read by the
/// same methods and told apart afterwards.
/// </remarks>
internal sealed class ConditionParser
{
    private static readonly string[] Comparators = ["=", "<>", "<", "<=", ">", ">="];

    private readonly ExpressionReader _reader;
    private readonly ExpressionContext _context;
    private readonly ExpressionErrors _errors = new("parens", "unknownFunction", "misusedFunction", "reserved", "condition");
    private readonly ConditionRules _rules;
    private readonly PathParser _paths;
    private readonly HashSet<string> _heads = new(StringComparer.Ordinal);
    private readonly HashSet<string> _nestedHeads = new(StringComparer.Ordinal);

    /// <summary>The tokens from and to which the last group in parentheses went.</summary>
    private int _groupStart = -1;
    private int _groupEnd;

    private ConditionParser(string kind, string text, ExpressionContext context)
    {
        _reader = new ExpressionReader(kind, text);
        _context = context;
        _rules = new ConditionRules(_errors);
        _paths = new PathParser(_reader, context, _errors, "attrNameVal");
    }

    /// <exception cref="ItemException">It is no valid condition.</exception>
    public static ConditionExpression Parse(string kind, string text, ExpressionContext context)
    {
        var parser = new ConditionParser(kind, text, context);
        var root = parser.Condition(parser.ReadOr());
        if (!parser._reader.IsAtEnd)
        {
            throw parser._reader.SyntaxError();
        }

        parser._rules.CheckMisusedSize(root);
        return parser._errors.Find() is { } error
            ? throw parser._reader.Fail(error)
            : new ConditionExpression(root, parser._heads, parser._nestedHeads);
    }

    private ExpressionNode ReadOr()
    {
        _reader.Enter();
        var left = ReadAnd();
        while (_reader.Current.IsWord("OR"))
        {
            Condition(left);
            _reader.Take();
            _reader.CountOperator();
            var right = Condition(ReadAnd());
            _rules.CheckMisusedSize(left);
            _rules.CheckMisusedSize(right);
            left = ExpressionNode.Of(ExpressionNodeKind.Or, "OR", left, right);
        }

        _reader.Leave();
        return left;
    }

    private ExpressionNode ReadAnd()
    {
        var left = ReadNot();
        while (_reader.Current.IsWord("AND"))
        {
            Condition(left);
            _reader.Take();
            _reader.CountOperator();
            var right = Condition(ReadNot());
            _rules.CheckMisusedSize(left);
            _rules.CheckMisusedSize(right);
            left = ExpressionNode.Of(ExpressionNodeKind.And, "AND", left, right);
        }

        return left;
    }

    private ExpressionNode ReadNot()
    {
        if (!_reader.TryTakeWord("NOT"))
        {
            return ReadPredicate();
        }

        _reader.CountOperator();
        _reader.Enter();
        var inner = Condition(ReadNot());
        _reader.Leave();
        _rules.CheckMisusedSize(inner);
        return ExpressionNode.Of(ExpressionNodeKind.Not, "NOT", inner);
    }

    /// <summary>An operand and what it is compared with, or a condition in parentheses, or an operand alone.</summary>
    private ExpressionNode ReadPredicate()
    {
        var left = ReadPrimary();
        if (left.IsCondition)
        {
            return left;
        }

        var token = _reader.Current;
        ExpressionNode node;
        if (token.Kind == TokenKind.Symbol && Comparators.Contains(token.Text, StringComparer.Ordinal))
        {
            _reader.Take();
            _reader.CountOperator();
            var right = Operand(ReadPrimary());
            _rules.CheckMisusedFunction(left, right);
            _rules.CheckComparison(token.Text, left, right);
            node = ExpressionNode.Of(ExpressionNodeKind.Comparison, token.Text, left, right);
        }
        else if (_reader.TryTakeWord("BETWEEN"))
        {
            _reader.CountOperator();
            var low = Operand(ReadPrimary());
            if (!_reader.TryTakeWord("AND"))
            {
                throw _reader.SyntaxError();
            }

            var high = Operand(ReadPrimary());
            _rules.CheckMisusedFunction(left, low, high);
            _rules.CheckBetween(low, high);
            node = ExpressionNode.Of(ExpressionNodeKind.Between, "BETWEEN", left, low, high);
        }
        else if (_reader.TryTakeWord("IN"))
        {
            _reader.CountOperator();
            _reader.Expect("(");
            var list = ReadArguments();
            ExpressionNode[] arguments = [left, .. list];
            _rules.CheckMisusedFunction(arguments);
            _rules.CheckIn(list.Count);
            node = ExpressionNode.Of(ExpressionNodeKind.In, "IN", arguments);
        }
        else
        {
            // A function alone is a condition too; whoever needs one finds out.
            if (left.Kind == ExpressionNodeKind.Function)
            {
                _rules.ConditionRead();
            }

            return left;
        }

        _rules.ConditionRead();
        return node;
    }

    private ExpressionNode ReadPrimary()
    {
        if (_reader.Current.Is("("))
        {
            return ReadParentheses();
        }

        var token = _reader.Current;
        switch (token.Kind)
        {
            case TokenKind.ValuePlaceholder:
                _reader.Take();
                return ExpressionNode.OfValue(ResolveValue(token.Text));
            case TokenKind.Word when IsKeyword(token):
                throw _reader.SyntaxError();
            case TokenKind.Word when _reader.Next.Is("("):
                return ReadFunction();
            default:
                return OfPath(_paths.Read(allowUnderscore: false));
        }
    }

    private ExpressionNode ReadParentheses()
    {
        var start = _reader.Position;
        _reader.Expect("(");
        _groupStart = -1;
        var inner = ReadOr();
        if (_groupStart == start + 1 && _groupEnd == _reader.Position)
        {
            _errors.Add("parens", "The expression has redundant parentheses;");
        }

        _reader.Expect(")");
        _groupStart = start;
        _groupEnd = _reader.Position;
        if (inner.Kind == ExpressionNodeKind.Path && PathParser.IsContinued(_reader.Current))
        {
            return OfPath(_paths.Continue(inner.Path!));
        }

        return inner;
    }

    private ExpressionNode ReadFunction()
    {
        var name = _reader.Take().Text;
        _reader.CountOperator();
        _reader.Expect("(");
        _reader.Enter();
        var arguments = ReadArguments();
        _reader.Leave();
        _rules.CheckMisusedFunction([.. arguments]);
        return new ExpressionNode
        {
            Kind = ExpressionNodeKind.Function,
            Name = name,
            Arguments = arguments,
            ResultType = _rules.CheckFunction(name, arguments),
        };
    }

    /// <summary>Operands up to the closing parenthesis.</summary>
    private List<ExpressionNode> ReadArguments()
    {
        var arguments = new List<ExpressionNode>();
        do
        {
            arguments.Add(Operand(ReadPrimary()));
        }
        while (_reader.TryTake(","));
        _reader.Expect(")");
        return arguments;
    }

    private ExpressionNode OfPath(DocumentPath path)
    {
        _heads.Add(path.Head);
        if (path.IsNested)
        {
            _nestedHeads.Add(path.Head);
        }

        return ExpressionNode.OfPath(path);
    }

    private AttributeValue? ResolveValue(string placeholder)
    {
        if (_errors.Has("attrNameVal"))
        {
            return null;
        }

        var value = _context.Value(placeholder);
        if (value is null)
        {
            _errors.Add("attrNameVal",
                $"An expression attribute value used in expression is not defined; attribute value: {placeholder}");
        }

        return value;
    }

    private ExpressionNode Condition(ExpressionNode node) =>
        node.IsCondition || node.Kind == ExpressionNodeKind.Function ? node : throw _reader.SyntaxError();

    private ExpressionNode Operand(ExpressionNode node) => node.IsCondition ? throw _reader.SyntaxError() : node;

    private static bool IsKeyword(ExpressionToken token) => token.IsWord("AND") || token.IsWord("OR") || token.IsWord("NOT")
        || token.IsWord("BETWEEN") || token.IsWord("IN");
}

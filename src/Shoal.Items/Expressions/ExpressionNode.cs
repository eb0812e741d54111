using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>A node of a parsed expression.</summary>
internal sealed class ExpressionNode
{
    public required ExpressionNodeKind Kind { get; init; }

    /// <summary>The function or operator, as errors show it.</summary>
    public string Name { get; init; } = "";

    public IReadOnlyList<ExpressionNode> Arguments { get; init; } = [];

    public DocumentPath? Path { get; init; }

    public AttributeValue? Value { get; init; }

    /// <summary>The type that a function or an operator has; null when only the item can tell.</summary>
    public AttributeType? ResultType { get; init; }

    /// <summary>Whether it is a condition and nothing else: a function may be operand or condition.</summary>
    public bool IsCondition => Kind is ExpressionNodeKind.Comparison or ExpressionNodeKind.Between or ExpressionNodeKind.In
        or ExpressionNodeKind.And or ExpressionNodeKind.Or or ExpressionNodeKind.Not;

    /// <summary>The type of a value that stands in the request; null for what is read from the item.</summary>
    public AttributeType? ImmediateType => Kind == ExpressionNodeKind.Value ? Value?.Type : null;

    /// <summary>The type as far as it is known without the item.</summary>
    public AttributeType? KnownType => Kind == ExpressionNodeKind.Value ? Value?.Type : ResultType;

    public static ExpressionNode OfPath(DocumentPath path) => new() { Kind = ExpressionNodeKind.Path, Path = path };

    public static ExpressionNode OfValue(AttributeValue? value) => new() { Kind = ExpressionNodeKind.Value, Value = value };

    public static ExpressionNode Of(ExpressionNodeKind kind, string name, params IReadOnlyList<ExpressionNode> arguments) =>
        new() { Kind = kind, Name = name, Arguments = arguments };
}

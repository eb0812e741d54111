using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>A parsed PartiQL statement, its parameters in their places.</summary>
internal sealed record PartiqlStatement
{
    public required PartiqlStatementKind Kind { get; init; }

    public required string Table { get; init; }

    /// <summary>The index that is read; null for the table itself.</summary>
    public string? Index { get; init; }

    /// <summary>What a SELECT shows; null for everything.</summary>
    public IReadOnlyList<DocumentPath>? Columns { get; init; }

    /// <summary>The condition; null for none.</summary>
    public ExpressionNode? Where { get; init; }

    /// <summary>Attributes to order by, and whether backwards.</summary>
    public IReadOnlyList<(string Name, bool Descending)> Order { get; init; } = [];

    /// <summary>The item of an INSERT.</summary>
    public Item? Item { get; init; }

    /// <summary>The changes of an UPDATE.</summary>
    public UpdateExpression? Update { get; init; }

    public PartiqlReturning Returning { get; init; }

    public bool IsRead => Kind == PartiqlStatementKind.Select;
}

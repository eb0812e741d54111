namespace Shoal.Items.Expressions;

/// <summary>The operators of the older lists of comparisons; names as DynamoDB writes them.</summary>
internal enum ComparisonOperator
{
    EQ,
    NE,
    LE,
    LT,
    GE,
    GT,
    NOT_NULL,
    NULL,
    CONTAINS,
    NOT_CONTAINS,
    BEGINS_WITH,
    IN,
    BETWEEN,
}

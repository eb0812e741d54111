namespace Shoal.Items.Expressions;

/// <summary>What an entry of <c>AttributeUpdates</c> does; names as DynamoDB writes them.</summary>
internal enum AttributeUpdateAction
{
    PUT,
    ADD,
    DELETE,
}

using Shoal.Items.Expressions;

namespace Shoal.Items.Operations;

/// <summary>Parses the expressions of a query or scan.</summary>
internal static class RangeParser
{
    /// <exception cref="ItemException">One is not valid.</exception>
    public static RangeInput Parse(QueryRequest request, string? keyCondition)
    {
        if (request.Limit < 1 || request.TotalSegments is < 1 or > ItemLimits.SegmentsMax || request.Segment < 0
            || request.Segment >= request.TotalSegments)
        {
            throw ItemException.Validation("Limit must be at least 1, Segment from 0 and less than TotalSegments, and TotalSegments "
                + $"at most {ItemLimits.SegmentsMax}");
        }

        var context = new ExpressionContext(request.Names, request.Values);
        var key = keyCondition is null ? null : ConditionParser.Parse("KeyConditionExpression", keyCondition, context);
        var input = new RangeInput
        {
            Table = request.Table,
            Index = request.Index,
            KeyConditions = key is null ? null : KeyConditions.Of(key),
            Filter = request.Filter is { } filter ? ConditionParser.Parse("FilterExpression", filter, context) : null,
            Projection = request.Projection is { } projection ? ProjectionParser.Parse(projection, context) : null,
            Select = request.Select,
            Backward = request.Backward,
            Limit = request.Limit,
            StartKey = request.StartKey,
            Segment = request.Segment,
            TotalSegments = request.TotalSegments,
        };
        context.CheckAllUsed();
        return input;
    }
}

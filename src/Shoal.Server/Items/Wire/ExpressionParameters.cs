using Shoal.Items;
using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Server.Items.Wire;

/// <summary>Reads the expressions of a request and their placeholders.</summary>
internal static class ExpressionParameters
{
    /// <summary>Passes when a request has expressions or the older parameters, not both, and placeholders only with expressions.</summary>
    /// <exception cref="ItemException">It has both.</exception>
    public static void CheckMixture(in RequestReader request, string[] expressions, string[] others)
    {
        var given = Present(request, expressions);
        if (given.Count > 0)
        {
            // Conditions on keys have gone on being allowed beside expressions.
            var old = Present(request, others);
            if (!request.Has("KeyConditionExpression"))
            {
                old.Remove("KeyConditions");
            }

            if (old.Count > 0)
            {
                throw ItemException.Validation("Can not use both expression and non-expression parameters in the same request: "
                    + $"Non-expression parameters: {{{string.Join(", ", old)}}} Expression parameters: {{{string.Join(", ", given)}}}");
            }
        }

        if (request.Has("ExpressionAttributeNames") && given.Count == 0)
        {
            throw ItemException.Validation("ExpressionAttributeNames can only be specified when using expressions");
        }

        var withValues = expressions.Where(static name => name != "ProjectionExpression").ToList();
        if (withValues.Count > 0 && request.Has("ExpressionAttributeValues") && Present(request, [.. withValues]).Count == 0)
        {
            throw ItemException.Validation("ExpressionAttributeValues can only be specified when using expressions: "
                + $"{string.Join(" and ", withValues)} {(withValues.Count > 1 ? "are" : "is")} null");
        }
    }

    /// <summary>The placeholders.</summary>
    /// <exception cref="ItemException">One has the wrong form, or a value is not valid.</exception>
    public static ExpressionContext Context(in RequestReader request)
    {
        var names = request.Map("ExpressionAttributeNames")?.ToDictionary(
            static pair => pair.Key, static pair => pair.Value.GetString() ?? "", StringComparer.Ordinal);
        ExpressionContext.CheckKeys("ExpressionAttributeNames", '#', names?.Keys);
        var json = request.Map("ExpressionAttributeValues");
        ExpressionContext.CheckKeys("ExpressionAttributeValues", ':', json?.Keys);
        Dictionary<string, AttributeValue>? values = null;
        foreach (var (key, value) in json ?? new Dictionary<string, System.Text.Json.JsonElement>(StringComparer.Ordinal))
        {
            values ??= new(StringComparer.Ordinal);
            try
            {
                values.Add(key, ValueReader.Read(value));
            }
            catch (ItemException error)
            {
                throw ItemException.Validation(
                    $"ExpressionAttributeValues contains invalid value: {error.Message} for key {key}");
            }
        }

        return new ExpressionContext(names, values);
    }

    public static ConditionExpression? Condition(in RequestReader request, string name, ExpressionContext context) =>
        request.Text(name) is { } text ? ConditionParser.Parse(name, text, context) : null;

    public static Projection? Projection(in RequestReader request, ExpressionContext context) =>
        request.Text("ProjectionExpression") is { } text ? ProjectionParser.Parse(text, context) : null;

    private static List<string> Present(in RequestReader request, string[] names)
    {
        var present = new List<string>();
        foreach (var name in names)
        {
            if (request.Has(name))
            {
                present.Add(name);
            }
        }

        return present;
    }
}

using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Parses the expressions of a write.</summary>
internal static class WriteParser
{
    /// <exception cref="ItemException">An expression or the item is not valid.</exception>
    public static WriteAction Parse(WriteKind kind, string table, Item item, string? update, WriteOptions? options)
    {
        if (kind == WriteKind.Put && ItemSize.Of(item) > ItemLimits.ItemBytesMax)
        {
            throw ItemException.Validation("Item size has exceeded the maximum allowed size");
        }

        if (options is null && update is null)
        {
            return new WriteAction { Kind = kind, Table = table, Item = item };
        }

        var context = new ExpressionContext(options?.Names, options?.Values);
        var action = new WriteAction
        {
            Kind = kind,
            Table = table,
            Item = item,
            Update = update is null ? null : UpdateParser.Parse(update, context),
            Condition = options?.Condition is { } condition
                ? ConditionParser.Parse("ConditionExpression", condition, context) : null,
            Text = $"{update} {options?.Condition} {Describe(options)}",
            WantsOld = true,
            WantsItemOnFailure = options?.ItemOnFailure ?? false,
        };
        context.CheckAllUsed();
        return action;
    }

    private static string Describe(WriteOptions? options) =>
        string.Join(',', options?.Names?.Select(static pair => $"{pair.Key}={pair.Value}") ?? [])
        + string.Join(',', options?.Values?.Select(static pair => $"{pair.Key}={pair.Value.Type}:{pair.Value}") ?? []);
}

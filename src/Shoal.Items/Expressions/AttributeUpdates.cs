using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>An update in its older form: what to do with each attribute.</summary>
internal sealed class AttributeUpdates(IReadOnlyDictionary<string, AttributeUpdate> updates) : IItemUpdate
{
    /// <inheritdoc/>
    public IReadOnlyList<DocumentPath> Paths { get; } = [.. updates.Keys.Select(DocumentPath.Of)];

    /// <inheritdoc/>
    public void Validate(ItemTable table)
    {
        foreach (var key in table.Key.Attributes)
        {
            if (updates.ContainsKey(key.Name))
            {
                throw ItemException.Validation("One or more parameter values were invalid: "
                    + $"Cannot update attribute {key.Name}. This attribute is part of the key");
            }
        }

        ItemRules.ForEachIndexKey(table, (key, index) =>
        {
            if (updates.TryGetValue(key.Name, out var update) && update.Value is { } value && value.Type != key.Type)
            {
                throw ItemRules.WrongIndexKey(key, index, value.Type);
            }
        });
    }

    /// <inheritdoc/>
    /// <remarks>The item after the update is looked at instead.</remarks>
    public void CheckNotEmpty(ItemTable table)
    {
    }

    /// <inheritdoc/>
    public Item Apply(Item item, ItemTable table)
    {
        var result = new Item(item);
        foreach (var (name, update) in updates)
        {
            var existing = item.GetValueOrDefault(name);
            switch (update.Action)
            {
                case AttributeUpdateAction.PUT:
                    result[name] = update.Value!;
                    break;
                case AttributeUpdateAction.ADD:
                    result[name] = SetOperations.Add(existing, update.Value!) ?? throw WrongType();
                    break;
                default:
                    Delete(result, name, existing, update.Value);
                    break;
            }
        }

        return result;
    }

    private static void Delete(Item result, string name, AttributeValue? existing, AttributeValue? members)
    {
        if (existing is not null && members is not null)
        {
            if (existing.Type != members.Type)
            {
                throw WrongType();
            }

            if (SetOperations.Remove(existing, members) is { } rest)
            {
                result[name] = rest;
                return;
            }
        }

        result.Remove(name);
    }

    private static ItemException WrongType() => ItemException.Validation("Type mismatch for attribute to update");
}

using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>A parsed <c>UpdateExpression</c>.</summary>
internal sealed class UpdateExpression(IReadOnlyList<UpdateClause> clauses, IReadOnlySet<string> nestedHeads) : IItemUpdate
{
    private const string WrongOperand = "An operand in the update expression has an incorrect data type";
    private const string NoSuchPath = "The document path provided in the update expression is invalid for update";

    /// <inheritdoc/>
    public IReadOnlyList<DocumentPath> Paths { get; } = [.. clauses.Select(static clause => clause.Path)];

    /// <inheritdoc/>
    public void Validate(ItemTable table)
    {
        foreach (var key in table.Key.Attributes)
        {
            if (clauses.Any(clause => clause.Path.Head == key.Name))
            {
                throw ItemException.Validation("One or more parameter values were invalid: "
                    + $"Cannot update attribute {key.Name}. This attribute is part of the key");
            }
        }

        ItemRules.ForEachIndexKey(table, (key, index) =>
        {
            var clause = clauses.FirstOrDefault(clause => !clause.Path.IsNested && clause.Path.Head == key.Name);
            if (clause?.Value?.KnownType is { } type && type != key.Type)
            {
                throw ItemRules.WrongIndexKey(key, index, type);
            }
        });
        ItemRules.CheckNestedKeys(nestedHeads, table);
    }

    /// <inheritdoc/>
    public void CheckNotEmpty(ItemTable table) => ItemRules.ForEachIndexKey(table, (key, _) =>
    {
        var clause = clauses.FirstOrDefault(clause => !clause.Path.IsNested && clause.Path.Head == key.Name);
        if (clause is { Kind: UpdateClauseKind.Set, Value: { ImmediateType: not null, Value: { } value } })
        {
            ItemRules.CheckUpdatedIndexKey(value, key);
        }
    });

    /// <inheritdoc/>
    public Item Apply(Item item, ItemTable table)
    {
        // Right sides read the item as it was, whatever the clauses before them do.
        var values = clauses.Select(clause => clause.Kind == UpdateClauseKind.Set ? Resolve(clause.Value!, item)
            : clause.Value?.Value).ToList();
        var result = new MutableValue(item);
        for (var index = 0; index < clauses.Count; index++)
        {
            var clause = clauses[index];
            var parent = result.FindParent(clause.Path) ?? throw ItemException.Validation(NoSuchPath);
            var last = clause.Path.Parts[^1];
            var value = values[index];
            switch (clause.Kind)
            {
                case UpdateClauseKind.Remove:
                    parent.Remove(last);
                    break;
                case UpdateClauseKind.Add:
                    parent.Set(last, SetOperations.Add(parent.Find(last), value!) ?? throw ItemException.Validation(WrongOperand));
                    break;
                case UpdateClauseKind.Delete:
                    Delete(parent, last, value!);
                    break;
                default:
                    CheckIndexKeys(clause, value!, table);
                    parent.Set(last, value!);
                    break;
            }
        }

        return result.ToItem();
    }

    private static void CheckIndexKeys(UpdateClause clause, AttributeValue value, ItemTable table)
    {
        if (!clause.Path.IsNested)
        {
            ItemRules.ForEachIndexKey(table, (key, _) =>
            {
                if (key.Name != clause.Path.Head)
                {
                    return;
                }

                if (value.Type != key.Type)
                {
                    throw ItemException.Validation(
                        "The update expression attempted to update the secondary index key to unsupported type");
                }

                ItemRules.CheckUpdatedIndexKey(value, key);
            });
        }
    }

    private static void Delete(MutableValue parent, PathPart last, AttributeValue members)
    {
        if (parent.Find(last) is not { } existing)
        {
            return;
        }

        if (existing.Type != members.Type)
        {
            throw ItemException.Validation(WrongOperand);
        }

        if (SetOperations.Remove(existing, members) is { } rest)
        {
            parent.Set(last, rest);
        }
        else
        {
            parent.Remove(last);
        }
    }

    private static AttributeValue Resolve(ExpressionNode node, Item item)
    {
        var value = node.Kind switch
        {
            ExpressionNodeKind.Value => node.Value,
            ExpressionNodeKind.Path => node.Path!.Find(item),
            ExpressionNodeKind.Function when node.Name == "if_not_exists" =>
                node.Arguments[0].Path!.Find(item) ?? Resolve(node.Arguments[1], item),
            ExpressionNodeKind.Function => Append(Resolve(node.Arguments[0], item), () => Resolve(node.Arguments[1], item)),
            _ => Calculate(node.Kind, Resolve(node.Arguments[0], item), () => Resolve(node.Arguments[1], item)),
        };
        return value ?? throw ItemException.Validation(
            "The provided expression refers to an attribute that does not exist in the item");
    }

    private static AttributeValue Append(AttributeValue first, Func<AttributeValue> resolveSecond)
    {
        if (first.Type != AttributeType.L || resolveSecond() is not { Type: AttributeType.L } second)
        {
            throw ItemException.Validation(WrongOperand);
        }

        return AttributeValue.List([.. first.AsList, .. second.AsList]);
    }

    private static AttributeValue Calculate(ExpressionNodeKind kind, AttributeValue first, Func<AttributeValue> resolveSecond)
    {
        if (first.Type != AttributeType.N || resolveSecond() is not { Type: AttributeType.N } second)
        {
            throw ItemException.Validation(WrongOperand);
        }

        var status = kind == ExpressionNodeKind.Plus
            ? ItemNumber.TryAdd(first.AsNumber, second.AsNumber, out var result)
            : ItemNumber.TrySubtract(first.AsNumber, second.AsNumber, out result);
        return status == NumberStatus.Ok ? AttributeValue.Number(result)
            : throw ItemException.Validation(ItemRules.DescribeNumber(status, ""));
    }
}

using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>Adding to numbers and sets, and taking out of sets.</summary>
internal static class SetOperations
{
    /// <summary>The sum or the union; null when the types do not go together.</summary>
    /// <exception cref="ItemException">The sum is not a number that an item can hold.</exception>
    public static AttributeValue? Add(AttributeValue? existing, AttributeValue added)
    {
        if (existing is null)
        {
            return added;
        }

        if (existing.Type != added.Type)
        {
            return null;
        }

        switch (added.Type)
        {
            case AttributeType.N:
                var status = ItemNumber.TryAdd(existing.AsNumber, added.AsNumber, out var sum);
                return status == NumberStatus.Ok ? AttributeValue.Number(sum)
                    : throw ItemException.Validation(ItemRules.DescribeNumber(status, ""));
            case AttributeType.SS:
                return AttributeValue.TextSet([.. existing.AsTexts.Union(added.AsTexts, StringComparer.Ordinal)]);
            case AttributeType.NS:
                return AttributeValue.NumberSet([.. existing.AsNumbers.Union(added.AsNumbers)]);
            case AttributeType.BS:
                return AttributeValue.BytesSet([.. existing.AsBytesList.Union(added.AsBytesList, BytesComparer.Instance)]);
            case AttributeType.L:
                return AttributeValue.List([.. existing.AsList, .. added.AsList]);
            default:
                return null;
        }
    }

    /// <summary>What is left of a set without some members; null when nothing is. Both have the same type.</summary>
    public static AttributeValue? Remove(AttributeValue existing, AttributeValue members)
    {
        var rest = existing.Type switch
        {
            AttributeType.SS => AttributeValue.TextSet([.. existing.AsTexts.Except(members.AsTexts, StringComparer.Ordinal)]),
            AttributeType.NS => AttributeValue.NumberSet([.. existing.AsNumbers.Except(members.AsNumbers)]),
            _ => AttributeValue.BytesSet([.. existing.AsBytesList.Except(members.AsBytesList, BytesComparer.Instance)]),
        };
        return rest.Count == 0 ? null : rest;
    }
}

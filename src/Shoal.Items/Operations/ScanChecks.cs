using Shoal.Items.Expressions;
using Shoal.Items.Storage;
using Shoal.Items.Tables;

namespace Shoal.Items.Operations;

/// <summary>Turns a scan into a range. Errors come in DynamoDB's order.</summary>
internal static class ScanChecks
{
    private const string BadStart = "The provided starting key is invalid";

    public static ItemRange Plan(ItemTable table, SecondaryIndex? index, KeySchema schema, RangeInput input, int startCount)
    {
        if (input.StartKey is { } start)
        {
            if (start.Count != startCount)
            {
                throw ItemException.Validation(index is null
                    ? $"{BadStart}: The provided key element does not match the schema" : BadStart);
            }

            if (index is not null)
            {
                if (schema.Attributes.Any(key => !start.ContainsKey(key.Name)))
                {
                    throw ItemException.Validation(BadStart);
                }

                ItemRules.CheckKeyParts(start, schema);
            }
        }

        Ranges.CheckSelect(table, index, input);
        if (input.StartKey is not null)
        {
            Ranges.CheckTableStartKey(table, input.StartKey);
        }

        var from = KeyEncoding.SegmentStart(input.Segment, input.TotalSegments);
        var to = KeyEncoding.SegmentStart(input.Segment + 1, input.TotalSegments);
        (byte[], byte[], byte[])? after = input.StartKey is null ? null : Ranges.PlaceOf(table, index, input.StartKey);
        if (after is { } place && input.TotalSegments > 1
            && (from is null || place.Item1.AsSpan().SequenceCompareTo(from) < 0
                || (to is not null && place.Item1.AsSpan().SequenceCompareTo(to) >= 0)))
        {
            throw ItemException.Validation($"{BadStart}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
                + $"Segment. TotalSegments: {input.TotalSegments} Segment: {input.Segment}");
        }

        ItemRules.CheckNestedKeys(input.Projection?.NestedHeads, table);
        ItemRules.CheckNestedKeys((input.Filter as ConditionExpression)?.NestedHeads, table);
        return new ItemRange
        {
            Id = index?.Id ?? table.Id,
            IsIndex = index is not null,

            // More segments than hashes: those past the last are empty.
            PartitionFrom = input.TotalSegments == 1 ? null : from ?? [0xFF, 0xFF, 0xFF, 0xFF],
            PartitionTo = input.TotalSegments == 1 ? null : to,
            After = after,
        };
    }
}

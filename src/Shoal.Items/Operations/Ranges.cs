using Shoal.Items.Expressions;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Queries and scans, inside of a transaction of the database.</summary>
internal static class Ranges
{
    private const string BadStart = "The provided starting key is invalid";

    /// <summary>Reads one page.</summary>
    /// <exception cref="ItemException">The input does not go with the table.</exception>
    public static RangePage Run(ItemTransaction transaction, RangeInput input)
    {
        var table = transaction.FindTable(input.Table);
        var index = input.Index is { } name ? FindIndex(table, name, input) : null;
        var schema = index?.Key ?? table.Key;
        var startNames = table.Key.Attributes.Concat(schema.Attributes).Select(static key => key.Name)
            .Distinct(StringComparer.Ordinal).ToList();
        var range = input.KeyConditions is null
            ? ScanChecks.Plan(table, index, schema, input, startNames.Count)
            : QueryChecks.Plan(table, index, schema, input, startNames.Count);
        return Read(transaction, table, index, range, input, startNames);
    }

    /// <summary>Whether items must be fetched from the table because the index does not have all of them.</summary>
    public static bool FetchesFromTable(ItemTable table, SecondaryIndex? index, RangeInput input) =>
        index is not null && index.Projection != ProjectionKind.All
        && (input.Select == SelectKind.AllAttributes || (index.IsLocal && NotProjected(table, index, input).Count > 0));

    /// <summary>Passes when a start key has the attributes of both keys, each of its type.</summary>
    public static void CheckTableStartKey(ItemTable table, Item start)
    {
        try
        {
            ItemRules.CheckKeyParts(start, table.Key);
        }
        catch (ItemException error)
        {
            throw ItemException.Validation($"{BadStart}: {error.Message}");
        }
    }

    /// <summary>Passes when all attributes can be had of an index.</summary>
    public static void CheckSelect(ItemTable table, SecondaryIndex? index, RangeInput input)
    {
        if (index is null || index.IsLocal || index.Projection == ProjectionKind.All)
        {
            return;
        }

        if (NotProjected(table, index, input) is { Count: > 0 } missing)
        {
            throw ItemException.Validation("One or more parameter values were invalid: Global secondary index "
                + $"{index.Name} does not project [{string.Join(", ", missing)}]");
        }

        if (FetchesFromTable(table, index, input))
        {
            throw ItemException.Validation("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported "
                + $"for global secondary index {index.Name} because its projection type is not ALL");
        }
    }

    /// <summary>The place of a start key.</summary>
    public static (byte[] Partition, byte[] Sort, byte[] Tie) PlaceOf(ItemTable table, SecondaryIndex? index, Item start)
    {
        if (index is null)
        {
            var key = ItemKey.Of(start, table.Key);
            return (key.Partition, key.Sort, []);
        }

        var entry = IndexEntry.Of(start[index.Key.Partition.Name],
            index.Key.Sort is { } sort ? start[sort.Name] : null, start, table);
        return (entry.Partition, entry.Sort, entry.Tie);
    }

    private static List<string> NotProjected(ItemTable table, SecondaryIndex index, RangeInput input) =>
        [.. (input.Projection?.Heads ?? []).Where(name => !IndexEntry.Projects(table, index, name))];

    private static SecondaryIndex FindIndex(ItemTable table, string name, RangeInput input)
    {
        var index = table.FindIndex(name);
        if (index is null || index.State == IndexState.Deleting)
        {
            throw ItemException.Validation($"The table does not have the specified index: {name}");
        }

        if (!index.IsLocal && input.ConsistentRead)
        {
            throw ItemException.Validation("Consistent reads are not supported on global secondary indexes");
        }

        return index.State == IndexState.Creating
            ? throw ItemException.Validation($"Cannot read from backfilling global secondary index: {name}")
            : index;
    }

    private static RangePage Read(ItemTransaction transaction, ItemTable table, SecondaryIndex? index, ItemRange range,
        RangeInput input, List<string> startNames)
    {
        var fetches = FetchesFromTable(table, index, input);
        var items = new List<Item>();
        Item? last = null;
        long size = 0, tableBytes = 0, indexBytes = 0;
        var count = 0;
        var isFull = false;
        foreach (var found in RangeReader.Read(transaction.Session, range))
        {
            var bytes = ItemSize.Of(found);
            var item = found;
            if (fetches)
            {
                indexBytes += bytes;
                item = transaction.Find(table, ItemKey.Of(found, table.Key)) ?? found;
                tableBytes += ItemSize.Of(item);
            }
            else
            {
                tableBytes += index is null ? bytes : 0;
                indexBytes += index is null ? 0 : bytes;
            }

            count++;
            last = item;
            size += ItemSize.InPage(item, table.Key.Sort?.Name);
            if (input.Filter?.Holds(item) is not false)
            {
                items.Add(item);
            }

            isFull = count >= input.Limit || size >= ItemLimits.PageBytesMax;
            if (isFull)
            {
                break;
            }
        }

        if (input.Projection is { } projection)
        {
            items = items.ConvertAll(projection.Apply);
        }

        return new RangePage
        {
            Table = table,
            Index = index,
            Items = items,
            ScannedCount = count,
            LastKey = isFull ? Pick(last!, startNames) : null,
            TableBytes = tableBytes,
            IndexBytes = indexBytes,
        };
    }

    private static Item Pick(Item item, List<string> names)
    {
        var key = new Item();
        foreach (var name in names)
        {
            key.Add(name, item[name]);
        }

        return key;
    }
}

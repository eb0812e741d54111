using Shoal.Items.Expressions;
using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>Runs SELECT, inside of a transaction of the database: as queries when it names partitions, else as a scan.</summary>
internal static class PartiqlReads
{
    /// <summary>Partitions that one statement may name. A position holds one in a byte.</summary>
    private const int PartitionsMax = ItemLimits.InOperandsMax;

    /// <summary>Reads one page.</summary>
    /// <exception cref="ItemException">The statement does not go with the table.</exception>
    public static PartiqlPage Run(ItemTransaction transaction, PartiqlStatement statement, bool isConsistent, int? limit,
        PartiqlPosition? start)
    {
        var table = transaction.FindTable(statement.Table);
        var index = statement.Index is not { } name ? null : table.FindIndex(name)
            ?? throw ItemException.Validation("The table does not have the specified index");
        if (isConsistent && index is { IsLocal: false })
        {
            throw ItemException.Validation("Strongly consistent read is not supported on Global Secondary Indexes");
        }

        var schema = index?.Key ?? table.Key;
        var where = new PartiqlWhere(statement.Where);
        var partitions = Order(statement, schema, where.FindPartitions(schema), out var isBackward);
        var input = new RangeInput
        {
            Table = statement.Table,
            Index = statement.Index,
            Filter = statement.Where is null ? null : new PartiqlCondition(statement.Where, WhenAbsent: false),
            ConsistentRead = isConsistent,
            Backward = isBackward,
            Limit = limit,
            Select = NeedsTable(statement, table, index) ? SelectKind.AllAttributes : SelectKind.Default,
        };
        var pages = new List<RangePage>();
        var next = partitions is null ? Scan(transaction, input, start, pages)
            : Query(transaction, input, where, schema, partitions, start, pages);
        return new PartiqlPage
        {
            Table = table,
            Index = index,
            Items = [.. pages.SelectMany(static page => page.Items).Select(item => Show(statement, item))],
            Next = next,
            TableBytes = pages.Sum(static page => page.TableBytes),
            IndexBytes = pages.Sum(static page => page.IndexBytes),
        };
    }

    /// <summary>Reads the one item that a statement names by its key, and by nothing else.</summary>
    /// <param name="transaction">Where.</param>
    /// <param name="statement">A SELECT.</param>
    /// <param name="operation">The operation, as its error shows it.</param>
    /// <param name="bytes">Size of the item. Units: bytes.</param>
    /// <exception cref="ItemException">It names no item, or says more.</exception>
    public static Item? RunOne(ItemTransaction transaction, PartiqlStatement statement, string operation, out int bytes)
    {
        var table = transaction.FindTable(statement.Table);
        var key = new PartiqlWhere(statement.Where).FindKey(table.Key, out var rest);
        if (key is null || rest is not null || statement.Index is not null)
        {
            throw ItemException.Validation(
                $"Select statements within {operation} must specify the primary key in the where clause.");
        }

        ItemRules.CheckKey(key, table.Key);
        var item = transaction.Find(table, ItemKey.Of(key, table.Key));
        bytes = item is null ? 0 : ItemSize.Of(item);
        return item is null ? null : Show(statement, item);
    }

    private static PartiqlPosition? Scan(ItemTransaction transaction, RangeInput input, PartiqlPosition? start, List<RangePage> pages)
    {
        pages.Add(Ranges.Run(transaction, input with { StartKey = start?.Key }));
        return pages[0].LastKey is { } last ? new PartiqlPosition(0, last) : null;
    }

    private static PartiqlPosition? Query(ItemTransaction transaction, RangeInput input, PartiqlWhere where, KeySchema schema,
        IReadOnlyList<AttributeValue> partitions, PartiqlPosition? start, List<RangePage> pages)
    {
        var sort = where.FindSort(schema);
        var left = input.Limit;
        var bytes = 0L;
        for (var at = start?.Partition ?? 0; at < partitions.Count; at++)
        {
            if (left == 0 || bytes >= ItemLimits.PageBytesMax)
            {
                return new PartiqlPosition(at, Key: null);
            }

            var conditions = new Dictionary<string, AttributeComparison>(StringComparer.Ordinal)
            {
                [schema.Partition.Name] = new(ComparisonOperator.EQ, [partitions[at]]),
            };
            if (sort is not null)
            {
                conditions.Add(schema.Sort!.Name, sort);
            }

            var page = Ranges.Run(transaction, input with
            {
                KeyConditions = conditions,
                Limit = left,
                StartKey = at == start?.Partition ? start.Key : null,
            });
            pages.Add(page);
            if (page.LastKey is { } last)
            {
                return new PartiqlPosition(at, last);
            }

            left -= page.ScannedCount;
            bytes += page.TableBytes + page.IndexBytes;
        }

        return null;
    }

    /// <summary>The partitions in the order that is asked for, and whether each is read backwards.</summary>
    private static IReadOnlyList<AttributeValue>? Order(PartiqlStatement statement, KeySchema schema,
        IReadOnlyList<AttributeValue>? partitions, out bool isBackward)
    {
        isBackward = false;
        if (partitions?.Count > PartitionsMax)
        {
            throw ItemException.Validation($"A statement can name at most {PartitionsMax} partitions, not {partitions.Count}");
        }

        foreach (var (name, descending) in statement.Order)
        {
            if (statement.Where is null)
            {
                throw ItemException.Validation("Must have WHERE clause in the statement when using ORDER BY clause.");
            }

            if (partitions is null)
            {
                throw ItemException.Validation(
                    "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
            }

            if (!schema.Contains(name))
            {
                throw ItemException.Validation($"Variable reference {name} in ORDER BY clause must be part of the primary key.");
            }

            if (name == schema.Partition.Name)
            {
                var ordered = partitions.Order(Comparer<AttributeValue>.Create(static (a, b) => a.CompareTo(b) ?? 0));
                partitions = descending ? [.. ordered.Reverse()] : [.. ordered];
            }
            else
            {
                isBackward = descending;
            }
        }

        return partitions;
    }

    /// <summary>Whether a local index has not all that a statement looks at; a global one must have it.</summary>
    private static bool NeedsTable(PartiqlStatement statement, ItemTable table, SecondaryIndex? index)
    {
        if (index is null or { Projection: ProjectionKind.All })
        {
            return false;
        }

        var copied = index.Key.Attributes.Concat(table.Key.Attributes).Select(static key => key.Name).Concat(index.Included)
            .ToHashSet(StringComparer.Ordinal);
        var missing = (statement.Columns ?? []).Select(static path => path.Head).Concat(PartiqlWhere.Heads(statement.Where))
            .Where(name => !copied.Contains(name)).Distinct(StringComparer.Ordinal).ToList();
        return missing.Count > 0 && (index.IsLocal ? true : throw ItemException.Validation("One or more parameter values were "
            + $"invalid: Global secondary index {index.Name} does not project [{string.Join(", ", missing)}]"));
    }

    /// <summary>The columns of an item, each by the last name of its path.</summary>
    private static Item Show(PartiqlStatement statement, Item item)
    {
        if (statement.Columns is not { } columns)
        {
            return item;
        }

        var shown = new Item();
        foreach (var column in columns)
        {
            if (column.Find(item) is { } value)
            {
                shown[column.Parts.Last(static part => part.Name is not null).Name!] = value;
            }
        }

        return shown;
    }
}

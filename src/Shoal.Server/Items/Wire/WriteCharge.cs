using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Server.Items.Wire;

/// <summary>What writes of one table are charged, for the table and for each index that they changed.</summary>
/// <remarks>
/// Units: write capacity units.
/// Source: the developer guide's "Working with secondary indexes": an entry that comes or goes is one write, one whose key changes
/// is two, one of which other attributes change is one, and one that stays as it is costs nothing.
/// </remarks>
internal sealed class WriteCharge
{
    private readonly SortedDictionary<string, double> _local = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _global = new(StringComparer.Ordinal);

    /// <summary>Units of the table alone.</summary>
    public double Table { get; private set; }

    /// <summary>Units by local index; none for indexes that did not change.</summary>
    public IReadOnlyDictionary<string, double> Local => _local;

    /// <summary>Units by global index; none for indexes that did not change.</summary>
    public IReadOnlyDictionary<string, double> Global => _global;

    /// <summary>Units altogether.</summary>
    public double Total => Table + _local.Values.Sum() + _global.Values.Sum();

    /// <summary>What writes of one table are charged; a write of a transaction counts twice.</summary>
    public static WriteCharge Of(IEnumerable<WriteOutcome> outcomes, bool inTransaction = false)
    {
        var charge = new WriteCharge();
        foreach (var outcome in outcomes)
        {
            charge.Add(outcome, inTransaction ? 2 : 1);
        }

        return charge;
    }

    private void Add(WriteOutcome outcome, int factor)
    {
        Table += factor * CapacityWriter.WriteUnits(outcome.Bytes);
        foreach (var index in outcome.Table.Indexes)
        {
            var units = factor * UnitsOf(outcome, index);
            if (units > 0)
            {
                var charges = index.IsLocal ? _local : _global;
                charges[index.Name] = charges.GetValueOrDefault(index.Name) + units;
            }
        }
    }

    private static double UnitsOf(WriteOutcome outcome, SecondaryIndex index)
    {
        var (table, old, item) = (outcome.Table, outcome.Old, outcome.New);
        var before = old is null ? null : IndexEntry.KeyOf(old, table, index);
        var after = item is null ? null : IndexEntry.KeyOf(item, table, index);
        var oldEntry = before is null ? null : IndexEntry.Project(old!, table, index);
        var entry = after is null ? null : IndexEntry.Project(item!, table, index);
        var oldUnits = oldEntry is null ? 0 : CapacityWriter.WriteUnits(ItemSize.Of(oldEntry));
        var units = entry is null ? 0 : CapacityWriter.WriteUnits(ItemSize.Of(entry));
        if (before is null || after is null || !before.Same(after))
        {
            return oldUnits + units;
        }

        return AttributeValue.Map(oldEntry!).Equals(AttributeValue.Map(entry!)) ? 0 : Math.Max(oldUnits, units);
    }
}

using System.Collections.Concurrent;
using Shoal.Items.Tables;

namespace Shoal.Items.Storage;

/// <summary>Descriptions of tables that were read before, by the stamp that changes with every change of one.</summary>
/// <remarks>
/// Stamps are random, so a database that was put back to an older state never meets a description of the newer one. Thread: safe
/// for any. Bound: it starts anew when full.
/// </remarks>
internal sealed class TableCache
{
    private const int EntriesMax = 4096;

    private readonly ConcurrentDictionary<long, ItemTable> _byStamp = new();

    public ItemTable? Find(long stamp) => _byStamp.GetValueOrDefault(stamp);

    public void Add(long stamp, ItemTable table)
    {
        if (_byStamp.Count >= EntriesMax)
        {
            _byStamp.Clear();
        }

        _byStamp[stamp] = table;
    }
}

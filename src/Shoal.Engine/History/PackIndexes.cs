namespace Shoal.Engine.History;

/// <summary>The indexes of packs that were looked into lately: to find a database again, no file needs to be opened.</summary>
/// <remarks>
/// They never change, and only say where blocks are, which are verified whenever they are read. Cost: <see cref="BytesMax"/> at
/// most. Thread: safe for any.
/// </remarks>
internal sealed class PackIndexes
{
    /// <summary>Units: bytes.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PackIndex> _indexes = [];
    private readonly Queue<string> _byAge = new();
    private long _bytes;

    /// <summary>The index of a pack; null when it is not in memory.</summary>
    public PackIndex? Find(string pack)
    {
        lock (_gate)
        {
            return _indexes.GetValueOrDefault(pack);
        }
    }

    /// <summary>Keeps an index. The oldest go when there are too many.</summary>
    public void Add(string pack, PackIndex index)
    {
        lock (_gate)
        {
            if (!_indexes.TryAdd(pack, index))
            {
                return;
            }

            _byAge.Enqueue(pack);
            _bytes += index.Length;
            while (_bytes > BytesMax && _byAge.TryDequeue(out var oldest) && _indexes.Remove(oldest, out var gone))
            {
                _bytes -= gone.Length;
            }
        }
    }
}

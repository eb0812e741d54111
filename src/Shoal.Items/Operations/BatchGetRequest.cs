using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Keys to read from one snapshot.</summary>
public sealed class BatchGetRequest
{
    private readonly List<(string Table, Item Key)> _keys = [];

    /// <summary>Keys in it.</summary>
    public int Count => _keys.Count;

    internal IReadOnlyList<(string Table, Item Key)> Keys => _keys;

    /// <summary>Adds a key.</summary>
    public BatchGetRequest Add(string table, Item key)
    {
        _keys.Add((table, key));
        return this;
    }
}

using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Puts and deletes that are applied together or not at all.</summary>
public sealed class BatchWriteRequest
{
    private readonly List<WriteAction> _actions = [];

    /// <summary>Writes in it.</summary>
    public int Count => _actions.Count;

    internal IReadOnlyList<WriteAction> Actions => _actions;

    /// <summary>Puts an item.</summary>
    public BatchWriteRequest Put(string table, Item item) =>
        Add(new WriteAction { Kind = WriteKind.Put, Table = table, Item = item });

    /// <summary>Deletes the item with a key, if there is one.</summary>
    public BatchWriteRequest Delete(string table, Item key) =>
        Add(new WriteAction { Kind = WriteKind.Delete, Table = table, Item = key });

    internal BatchWriteRequest Add(WriteAction action)
    {
        _actions.Add(action);
        return this;
    }
}

using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Writes and checks of different items that are applied together or not at all.</summary>
public sealed class TransactWriteRequest
{
    private readonly List<WriteAction> _actions = [];

    /// <summary>
    /// A token of 1 to 36 characters: the same request sent again within ten minutes is not applied again. Null (default) for none.
    /// </summary>
    public string? Token { get; init; }

    internal IReadOnlyList<WriteAction> Actions => _actions;

    /// <summary>Puts an item.</summary>
    public TransactWriteRequest Put(string table, Item item, WriteOptions? options = null) =>
        Add(WriteParser.Parse(WriteKind.Put, table, item, update: null, options));

    /// <summary>Deletes an item.</summary>
    public TransactWriteRequest Delete(string table, Item key, WriteOptions? options = null) =>
        Add(WriteParser.Parse(WriteKind.Delete, table, key, update: null, options));

    /// <summary>Changes an item, or makes one.</summary>
    public TransactWriteRequest Update(string table, Item key, string update, WriteOptions? options = null) =>
        Add(WriteParser.Parse(WriteKind.Update, table, key, update, options));

    /// <summary>Only checks a condition.</summary>
    public TransactWriteRequest Check(string table, Item key, WriteOptions options) =>
        Add(WriteParser.Parse(WriteKind.Check, table, key, update: null, options));

    private TransactWriteRequest Add(WriteAction action)
    {
        _actions.Add(action);
        return this;
    }
}

using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary>Where items are: a data folder or an items endpoint.</summary>
internal interface IItemsTarget : IAsyncDisposable
{
    Task CreateTableAsync(ItemTable table, CancellationToken cancellationToken);

    Task<IReadOnlyList<ItemTable>> ListTablesAsync(CancellationToken cancellationToken);

    /// <exception cref="CliException">There is no such table.</exception>
    Task<ItemTable> FindTableAsync(string name, CancellationToken cancellationToken);

    /// <summary>Puts an item.</summary>
    /// <returns>Whether one was there.</returns>
    Task<bool> PutAsync(ItemTable table, Item item, bool ifAbsent, CancellationToken cancellationToken);

    Task<Item?> GetAsync(ItemTable table, Item key, CancellationToken cancellationToken);

    /// <summary>Deletes an item.</summary>
    /// <returns>Whether one was there.</returns>
    Task<bool> DeleteAsync(ItemTable table, Item key, CancellationToken cancellationToken);

    /// <summary>A page of a query, or of a scan when there is no key condition.</summary>
    Task<ItemPage> ReadAsync(QueryRequest request, CancellationToken cancellationToken);

    /// <summary>Puts up to 25 items of different keys, all of them or none.</summary>
    Task PutAllAsync(ItemTable table, IReadOnlyList<Item> items, CancellationToken cancellationToken);
}

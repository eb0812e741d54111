using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary>Items of a database in a data folder, opened by an engine in this process.</summary>
internal sealed class FolderItems : IItemsTarget
{
    private readonly DatabaseEngine _engine;
    private readonly ItemStore _store;
    private readonly string _place;

    private FolderItems(DatabaseEngine engine, ItemStore store, string place)
    {
        _engine = engine;
        _store = store;
        _place = place;
    }

    public static async Task<FolderItems> OpenAsync(string folder, string account, string name, bool create,
        CancellationToken cancellationToken)
    {
        if (!create && !Directory.Exists(folder))
        {
            throw new CliException($"there is no data folder {folder}",
                $"check --data; `shoal items create-table NAME --partition id --data {folder}` makes a new one");
        }

        DatabaseEngine? engine = null;
        try
        {
            engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder }, cancellationToken);
            var database = engine.FindDatabase(account, name) ?? (create
                ? await engine.CreateDatabaseAsync(new NewDatabase { Account = account, Name = name }, cancellationToken)
                : throw new CliException($"there is no database \"{name}\" in {folder}",
                    $"name another with --database; `shoal items create-table NAME --partition id --data {folder}` makes it"));
            var opened = new FolderItems(engine, new ItemStore(engine, database.Id), $"the database \"{name}\" of {folder}");
            engine = null;
            return opened;
        }
        catch (EngineException failure) when (failure.Kind == EngineErrorKind.DataFolderInUse)
        {
            throw new CliException(failure.Message, "ask the server's items endpoint instead, with --endpoint; or stop it first",
                failure);
        }
        finally
        {
            if (engine is not null)
            {
                await engine.DisposeAsync();
            }
        }
    }

    public Task CreateTableAsync(ItemTable table, CancellationToken cancellationToken) =>
        _store.CreateTableAsync(table, cancellationToken);

    public Task<IReadOnlyList<ItemTable>> ListTablesAsync(CancellationToken cancellationToken) =>
        _store.ListTablesAsync(cancellationToken);

    public async Task<ItemTable> FindTableAsync(string name, CancellationToken cancellationToken) =>
        await _store.FindTableAsync(name, cancellationToken)
        ?? throw new CliException($"there is no table \"{name}\" in {_place}", "see `shoal items list-tables`");

    public async Task<bool> PutAsync(ItemTable table, Item item, bool ifAbsent, CancellationToken cancellationToken) =>
        await _store.PutAsync(table.Name, item, ifAbsent ? ItemText.Absent(table) : new WriteOptions(), cancellationToken) is not null;

    public Task<Item?> GetAsync(ItemTable table, Item key, CancellationToken cancellationToken) =>
        _store.GetAsync(table.Name, key, cancellationToken);

    public async Task<bool> DeleteAsync(ItemTable table, Item key, CancellationToken cancellationToken) =>
        await _store.DeleteAsync(table.Name, key, new WriteOptions(), cancellationToken) is not null;

    public Task<ItemPage> ReadAsync(QueryRequest request, CancellationToken cancellationToken) => request.KeyCondition is null
        ? _store.ScanAsync(request, cancellationToken) : _store.QueryAsync(request, cancellationToken);

    public async Task PutAllAsync(ItemTable table, IReadOnlyList<Item> items, CancellationToken cancellationToken)
    {
        var batch = new BatchWriteRequest();
        foreach (var item in items)
        {
            batch.Put(table.Name, item);
        }

        var summary = await _store.BatchWriteAutoAsync(batch, cancellationToken);
        if (summary.FailedBatches > 0)
        {
            throw new CliException(summary.Failures[0].Error.Message, summary.Failures[0].Error.Hint, summary.Failures[0].Error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _engine.DisposeAsync();
    }
}

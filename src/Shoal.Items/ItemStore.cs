using System.Security.Cryptography;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Items.Expressions;
using Shoal.Items.Maintenance;
using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Protocol;

namespace Shoal.Items;

/// <summary>Items in a database, in process: DynamoDB's model on a tenant's own database.</summary>
/// <remarks>
/// What is written is durable when its task completes. Thread: safe for any. Owns: the engine, when it was opened by path.
/// </remarks>
public sealed class ItemStore : IAsyncDisposable
{
    private readonly DatabaseEngine? _ownEngine;
    private readonly ItemDatabase _database;
    private readonly ItemMaintenance _maintenance;
    private readonly MaintenanceLoop _loop;

    /// <summary>Items in a database of an engine.</summary>
    public ItemStore(DatabaseEngine engine, DatabaseId database)
        : this(engine, database, ownEngine: null)
    {
    }

    private ItemStore(DatabaseEngine engine, DatabaseId database, DatabaseEngine? ownEngine)
    {
        _ownEngine = ownEngine;
        _database = new ItemDatabase(engine, database);
        _maintenance = new ItemMaintenance(_database);
        _loop = new MaintenanceLoop(_maintenance.RunAsync, engine.Options.TimeProvider);
    }

    /// <summary>Where the items are, for what is built on them.</summary>
    internal ItemDatabase Database => _database;

    /// <summary>Opens a data folder of which a database, <c>items</c>, holds items; both are created when missing.</summary>
    /// <exception cref="EngineException">The folder is in use, damaged or of a newer version.</exception>
    public static async Task<ItemStore> OpenAsync(string path, CancellationToken cancellationToken = default)
    {
        var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = path }, cancellationToken).ConfigureAwait(false);
        try
        {
            const string Account = "shoal";
            const string Name = "items";
            var database = engine.FindDatabase(Account, Name) ?? await engine.CreateDatabaseAsync(
                new NewDatabase { Account = Account, Name = Name }, cancellationToken).ConfigureAwait(false);
            return new ItemStore(engine, database.Id, engine);
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Creates a table.</summary>
    /// <exception cref="ItemException">The name is taken.</exception>
    public Task<ItemTable> CreateTableAsync(ItemTable table, CancellationToken cancellationToken = default) =>
        _database.WriteAsync(
            transaction => TableChanges.Create(transaction, table, _database.Time, DatabaseId.NewRandom().Value), cancellationToken);

    /// <summary>A table; null when there is none.</summary>
    public Task<ItemTable?> FindTableAsync(string name, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(transaction => transaction.Tables.Find(name), cancellationToken);

    /// <summary>All tables, by name.</summary>
    public Task<IReadOnlyList<ItemTable>> ListTablesAsync(CancellationToken cancellationToken = default) =>
        _database.ReadAsync(static IReadOnlyList<ItemTable> (transaction) => transaction.Tables.List(), cancellationToken);

    /// <summary>
    /// Changes a table: adds or removes indexes, names the attribute of expiry, enables a stream. New indexes are filled in the
    /// background from the items that are there.
    /// </summary>
    /// <exception cref="ItemException">There is no such table.</exception>
    public async Task<ItemTable> UpdateTableAsync(string name, Func<ItemTable, ItemTable> change,
        CancellationToken cancellationToken = default)
    {
        var table = await _database.WriteAsync(transaction => TableEdits.Apply(transaction, name, change, _database.Time),
            cancellationToken).ConfigureAwait(false);
        _loop.Kick();
        return table;
    }

    /// <summary>Removes a table with its items. The space is freed in the background.</summary>
    /// <exception cref="ItemException">There is no such table, or it is protected.</exception>
    public async Task DeleteTableAsync(string name, CancellationToken cancellationToken = default)
    {
        await _database.WriteAsync(transaction => TableChanges.Delete(transaction, name), cancellationToken).ConfigureAwait(false);
        _loop.Kick();
    }

    /// <summary>Reads an item; null when there is none.</summary>
    public Task<Item?> GetAsync(string table, Item key, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(transaction => Reads.Run(transaction, table, key, projection: null, out _), cancellationToken);

    /// <summary>Puts an item in the place of what is there.</summary>
    /// <returns>What was there, when options are given; else null.</returns>
    /// <exception cref="ItemException">The item is not valid, or the condition does not hold.</exception>
    public async Task<Item?> PutAsync(string table, Item item, WriteOptions? options = null,
        CancellationToken cancellationToken = default) =>
        (await WriteAsync(WriteParser.Parse(WriteKind.Put, table, item, update: null, options), cancellationToken)
            .ConfigureAwait(false)).Old;

    /// <summary>Deletes the item with a key, if there is one.</summary>
    /// <returns>What was there.</returns>
    /// <exception cref="ItemException">The key is not valid, or the condition does not hold.</exception>
    public async Task<Item?> DeleteAsync(string table, Item key, WriteOptions? options = null,
        CancellationToken cancellationToken = default) =>
        (await WriteAsync(WriteParser.Parse(WriteKind.Delete, table, key, update: null, options), cancellationToken)
            .ConfigureAwait(false)).Old;

    /// <summary>Changes an item by an update expression, or makes one.</summary>
    /// <returns>The item as it is now.</returns>
    /// <exception cref="ItemException">The update is not valid, or the condition does not hold.</exception>
    public async Task<Item> UpdateAsync(string table, Item key, string update, WriteOptions? options = null,
        CancellationToken cancellationToken = default) =>
        (await WriteAsync(WriteParser.Parse(WriteKind.Update, table, key, update, options), cancellationToken)
            .ConfigureAwait(false)).New!;

    /// <summary>Reads a page of the items of a partition in the order of their sort keys.</summary>
    /// <exception cref="ItemException">The request is not valid.</exception>
    public Task<ItemPage> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default) =>
        ReadPageAsync(request, request.KeyCondition
            ?? throw ItemException.Validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
            cancellationToken);

    /// <summary>Reads a page of all items, or of a segment of them.</summary>
    /// <exception cref="ItemException">The request is not valid.</exception>
    public Task<ItemPage> ScanAsync(QueryRequest request, CancellationToken cancellationToken = default) =>
        ReadPageAsync(request, keyCondition: null, cancellationToken);

    /// <summary>Reads items by key, all from one snapshot.</summary>
    /// <exception cref="ItemException">There are more than 100 keys, or one is not valid.</exception>
    public Task<BatchGetResponse> BatchGetAsync(BatchGetRequest request, CancellationToken cancellationToken = default) =>
        request.Count > ItemLimits.BatchGetMax
            ? throw ItemException.Validation("Too many items requested for the BatchGetItem call")
            : _database.ReadAsync(transaction => BatchReads.Run(transaction, request), cancellationToken);

    /// <summary>Applies puts and deletes of different items, all of them or none.</summary>
    /// <exception cref="ItemException">There are more than 25, or one is not valid.</exception>
    public async Task<BatchWriteResponse> BatchWriteAsync(BatchWriteRequest request, CancellationToken cancellationToken = default)
    {
        if (request.Count is 0 or > ItemLimits.BatchWriteMax)
        {
            throw new ItemException(ItemErrorKind.Validation,
                $"a batch write takes 1 to {ItemLimits.BatchWriteMax} puts and deletes, not {request.Count}",
                $"Use {nameof(BatchWriteAutoAsync)}, which cuts them into batches.");
        }

        try
        {
            await _database.WriteAsync(transaction => Writes.RunBatch(transaction, request.Actions), cancellationToken)
                .ConfigureAwait(false);
            return new BatchWriteResponse(request.Count, new BatchWriteRequest());
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.Overloaded)
        {
            return new BatchWriteResponse(0, request);
        }
    }

    /// <summary>Cuts puts and deletes into batches and sends those again that the database had no time for.</summary>
    /// <remarks>Each batch is applied or not; a batch that fails does not stop the others.</remarks>
    /// <param name="request">Any number of puts and deletes.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public Task<BatchWriteSummary> BatchWriteAutoAsync(BatchWriteRequest request, CancellationToken cancellationToken = default) =>
        AutoBatches.RunAsync(this, request, _database.Time, cancellationToken);

    /// <summary>Reads items by key, all from one snapshot; null in the place of what is not there.</summary>
    /// <exception cref="ItemException">There are more than 100 keys, or one is not valid.</exception>
    public Task<IReadOnlyList<Item?>> TransactGetAsync(BatchGetRequest request, CancellationToken cancellationToken = default) =>
        request.Count > ItemLimits.TransactionMax
            ? throw ItemException.Validation($"a transaction takes at most {ItemLimits.TransactionMax} actions, not {request.Count}")
            : _database.ReadAsync(
                IReadOnlyList<Item?> (transaction) => [.. request.Keys.Select(key =>
                    Reads.Run(transaction, key.Table, key.Key, projection: null, out _))], cancellationToken);

    /// <summary>Applies writes of different items, all of them or none.</summary>
    /// <exception cref="ItemException">One is not valid, or a condition does not hold; the reasons say which.</exception>
    public Task TransactWriteAsync(TransactWriteRequest request, CancellationToken cancellationToken = default)
    {
        if (request.Actions.Count is 0 or > ItemLimits.TransactionMax)
        {
            throw ItemException.Validation(
                $"a transaction takes 1 to {ItemLimits.TransactionMax} actions, not {request.Actions.Count}");
        }

        var hash = request.Token is null ? [] : RequestHash(request);
        return _database.WriteAsync(
            transaction => request.Token is { } token
                && !IdempotencyTokens.Begin(transaction, token, hash, _database.Time.GetUtcNow())
                ? null : Writes.RunTransaction(transaction, request.Actions),
            cancellationToken);
    }

    /// <summary>Changes of a table's items, oldest first, for as long as its stream keeps them: 24 hours.</summary>
    /// <param name="table">A table with a stream.</param>
    /// <param name="after">The sequence number to go on after; 0 for the oldest.</param>
    /// <param name="limit">Changes at most.</param>
    /// <param name="cancellationToken">Gives the read up.</param>
    /// <exception cref="ItemException">There is no such table.</exception>
    public Task<IReadOnlyList<ItemChange>> ReadStreamAsync(string table, long after = 0, int limit = 1000,
        CancellationToken cancellationToken = default) =>
        _database.ReadAsync(
            IReadOnlyList<ItemChange> (transaction) =>
                ChangeReader.Read(transaction.Session, transaction.FindTable(table), after, limit),
            cancellationToken);

    /// <summary>Does now what the background does from time to time: expiry, filling of indexes, freeing of space.</summary>
    public Task MaintainAsync(CancellationToken cancellationToken = default) => _maintenance.RunAsync(cancellationToken);

    /// <summary>Stops the background, and closes the engine when it was opened by path.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        if (_ownEngine is not null)
        {
            await _ownEngine.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static byte[] RequestHash(TransactWriteRequest request) =>
        SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', request.Actions.Select(
            static action => $"{action.Kind} {action.Table} {AttributeValue.Map(action.Item)} {action.Text}"))));

    private Task<WriteOutcome> WriteAsync(WriteAction action, CancellationToken cancellation) =>
        _database.WriteAsync(transaction => Writes.Run(transaction, action), cancellation);

    private async Task<ItemPage> ReadPageAsync(QueryRequest request, string? keyCondition, CancellationToken cancellation)
    {
        var input = RangeParser.Parse(request, keyCondition);
        var page = await _database.ReadAsync(transaction => Ranges.Run(transaction, input), cancellation).ConfigureAwait(false);
        return new ItemPage(request.Select == SelectKind.Count ? [] : page.Items, page.Items.Count, page.ScannedCount, page.LastKey);
    }
}

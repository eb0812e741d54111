using System.Collections.Concurrent;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Items;
using Shoal.Items.Maintenance;
using Shoal.Protocol;
using Shoal.Server.Items.Auth;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items;

/// <summary>The databases that the items endpoint serves, and what is to be done in them in the background.</summary>
internal sealed class ItemsDatabases : IAsyncDisposable
{
    /// <summary>A database that nobody has used for this long is left alone until it is used again: it may be closed.</summary>
    private static readonly TimeSpan IdleAfter = TimeSpan.FromMinutes(10);

    private readonly DatabaseEngine _engine;
    private readonly ServerOptions _options;
    private readonly ItemsAccessKeys _keys;
    private readonly ConcurrentDictionary<DatabaseId, ItemDatabase> _databases = new();
    private readonly ConcurrentDictionary<DatabaseId, long> _lastUse = new();
    private readonly ConcurrentDictionary<DatabaseId, bool> _waiting = new();
    private readonly MaintenanceLoop _loop;

    public ItemsDatabases(DatabaseEngine engine, ServerOptions options)
    {
        _engine = engine;
        _options = options;
        _keys = options.ItemsKeysPath is { } path ? ItemsAccessKeys.Load(path) : ItemsAccessKeys.Empty;
        _loop = new MaintenanceLoop(MaintainAsync, options.TimeProvider);
    }

    /// <summary>The access key with an id; null when the file has none.</summary>
    public ItemsAccessKey? FindKey(string id) => _keys.Find(id);

    /// <summary>The items that an access key reaches; those of unknown keys are in one database, created when first used.</summary>
    /// <exception cref="DynamoException">The key's database does not exist.</exception>
    public async ValueTask<ItemDatabase> FindAsync(ItemsAccessKey? key, CancellationToken cancellation)
    {
        var account = key?.Account ?? _options.DefaultAccount;
        var name = key?.Database ?? _options.ItemsDatabase;
        var record = _engine.FindDatabase(account, name) ?? await CreateAsync(key, account, name, cancellation);
        if (!_databases.TryGetValue(record.Id, out var database))
        {
            // An earlier run may have left something to do.
            database = _databases.GetOrAdd(record.Id, id => new ItemDatabase(_engine, id));
            Kick(database);
        }

        _lastUse[record.Id] = _options.TimeProvider.GetTimestamp();
        return database;
    }

    /// <summary>Notes that a database has something to do in the background.</summary>
    public void Kick(ItemDatabase database)
    {
        _waiting[database.Id] = true;
        _loop.Kick();
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<DatabaseRecord> CreateAsync(ItemsAccessKey? key, string account, string name, CancellationToken cancellation)
    {
        if (key is not null && !_options.CreateOnUse)
        {
            throw DynamoException.AccessDenied($"The database {name} of account {account}, which the access key {key.Id} stands for, does "
                + $"not exist (create it: shoal db create {name}, or let the server do it: shoal serve --create-on-use)");
        }

        try
        {
            return await _engine.CreateDatabaseAsync(new NewDatabase { Account = account, Name = name }, cancellation);
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.NameTaken)
        {
            return _engine.FindDatabase(account, name)!;
        }
    }

    /// <summary>Looks after the databases that asked for it, and goes on with those that will need it again.</summary>
    private async Task MaintainAsync(CancellationToken cancellation)
    {
        foreach (var id in _waiting.Keys)
        {
            if (!_waiting.TryRemove(id, out _) || _engine.FindDatabase(id) is null || !_databases.TryGetValue(id, out var database))
            {
                continue;
            }

            try
            {
                var again = await new ItemMaintenance(database).RunAsync(cancellation);
                if (again && _options.TimeProvider.GetElapsedTime(_lastUse.GetValueOrDefault(id)) < IdleAfter)
                {
                    _waiting[id] = true;
                }
                else if (again)
                {
                    _databases.TryRemove(id, out _);
                }
            }
            catch (EngineException)
            {
                // What could not be done now is found in the database, and tried again in a minute.
                _waiting[id] = true;
            }
        }
    }
}

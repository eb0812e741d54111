using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Items;
using Shoal.Items.Tables;

namespace Shoal.Cli.Items;

/// <summary>Items of a database in a data folder, opened by an engine in this process.</summary>
internal sealed class ItemsFolder : IAsyncDisposable
{
    private readonly DatabaseEngine _engine;
    private readonly string _place;

    private ItemsFolder(DatabaseEngine engine, ItemStore store, string place)
    {
        _engine = engine;
        Store = store;
        _place = place;
    }

    public ItemStore Store { get; }

    public static async Task<ItemsFolder> OpenAsync(CommandContext context, string name, bool create, CancellationToken cancellationToken)
    {
        var settings = context.ReadTargetSettings();
        if (!settings.UsesFolder)
        {
            throw CliException.Usage("these commands work on a data folder",
                "add --data DIR; a server has items by DynamoDB's protocol, at `shoal serve --items-urls`, for clients such as the AWS CLI");
        }

        var folder = context.Console.FullPath(settings.Data.Value!);
        var account = settings.Account.Value!;
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
            var opened = new ItemsFolder(engine, new ItemStore(engine, database.Id), $"the database \"{name}\" of {folder}");
            engine = null;
            return opened;
        }
        catch (EngineException failure) when (failure.Kind == EngineErrorKind.DataFolderInUse)
        {
            throw new CliException(failure.Message, "stop the server first, or use its DynamoDB endpoint", failure);
        }
        finally
        {
            if (engine is not null)
            {
                await engine.DisposeAsync();
            }
        }
    }

    /// <summary>A table by name.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public async Task<ItemTable> FindAsync(string table, CancellationToken cancellationToken) =>
        await Store.FindTableAsync(table, cancellationToken)
        ?? throw new CliException($"there is no table \"{table}\" in {_place}", "see `shoal items list-tables`");

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await _engine.DisposeAsync();
    }
}

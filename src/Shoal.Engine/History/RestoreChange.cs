using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.History;

/// <summary>A restore in place, from the comparison ahead to the commit.</summary>
/// <remarks>
/// Thread: one at a time, but for the read-ahead. Owns: its use of the database, and a connection, until disposed.
/// </remarks>
/// <param name="host">Opens the database.</param>
/// <param name="id">Which database.</param>
/// <param name="sourcePath">The file with what it will hold.</param>
internal sealed class RestoreChange(DatabaseHost host, DatabaseId id, string sourcePath) : IAsyncDisposable
{
    /// <summary>Which pages the file has, in order; null for all.</summary>
    public IReadOnlyList<uint>? Pages { get; set; }

    /// <summary>What was begun to be read ahead.</summary>
    public Task Ahead { get; private set; } = Task.CompletedTask;

    private Database? _database;
    private InPlaceRestore? _restore;

    /// <summary>Opens the database, unless that is done.</summary>
    /// <exception cref="EngineException">It is unknown, or can not be opened.</exception>
    public async Task<Database> OpenAsync(CancellationToken cancellation) =>
        _database ??= await host.AcquireAsync(id, cancellation).ConfigureAwait(false);

    /// <summary>
    /// Begins to get the file of the database, which is open, into the file system's cache: a check of the result reads all of it, in
    /// the order of its trees, and writers wait for that.
    /// </summary>
    public void BeginReadAheadForCheck() => Ahead = OwnThread.RunAsync(
        () =>
        {
            _ = SqliteConnection.Open(_database!.Path, SqliteOpenMode.Read, out var connection);
            using (connection)
            {
                connection?.ReadAhead();
            }
        },
        CancellationToken.None);

    /// <summary>Begins to get what will be compared into memory, if the database, which is open, is small.</summary>
    public void BeginReadAhead() => Ahead = OwnThread.RunAsync(() => Do(static restore => restore.ReadAhead()), CancellationToken.None);

    /// <summary>Finds out which pages differ, while others use the database, which is open.</summary>
    /// <exception cref="EngineException">It can not be read.</exception>
    public void CompareAhead()
    {
        Ahead.GetAwaiter().GetResult();
        Do(static restore => restore.CompareAhead());
    }

    /// <summary>Writes what differs, and commits unless there is nothing. The caller holds the writer.</summary>
    /// <param name="committing">Called right before the commit.</param>
    /// <returns>Why nothing has changed: with only some pages taken back it would not be whole. Null when it is done.</returns>
    /// <exception cref="EngineException">The file system refused; nothing has changed.</exception>
    public string? Run(Action committing)
    {
        try
        {
            string? problem = null;
            Do(restore => problem = restore.Run(committing));
            return problem;
        }
        finally
        {
            // What it has begun and not committed must end before somebody else has the writer.
            _restore?.Dispose();
            _restore = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Ahead.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _restore?.Dispose();
        if (_database is { } database)
        {
            host.Release(database);
        }
    }

    private void Do(Action<InPlaceRestore> step)
    {
        try
        {
            step(_restore ??= new InPlaceRestore(_database!.Path, sourcePath, Pages));
        }
        catch (SqliteException error)
        {
            throw SqlErrors.Storage(error.Status, error.Message, id);
        }
    }
}

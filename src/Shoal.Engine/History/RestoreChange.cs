using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.History;

/// <summary>A restore in place, from the comparison ahead to the commit.</summary>
/// <remarks>Thread: one at a time. Owns: its use of the database, and a connection, until disposed.</remarks>
/// <param name="host">Opens the database.</param>
/// <param name="id">Which database.</param>
/// <param name="sourcePath">The file with what it will hold.</param>
internal sealed class RestoreChange(DatabaseHost host, DatabaseId id, string sourcePath) : IDisposable
{
    /// <summary>Which pages the file has, in order; null for all.</summary>
    public IReadOnlyList<uint>? Pages { get; set; }

    private Database? _database;
    private InPlaceRestore? _restore;

    /// <summary>Opens the database, unless that is done.</summary>
    /// <exception cref="EngineException">It is unknown, or can not be opened.</exception>
    public async Task<Database> OpenAsync(CancellationToken cancellation) =>
        _database ??= await host.AcquireAsync(id, cancellation).ConfigureAwait(false);

    /// <summary>
    /// Gets the file of the database, which is open, into the file system's cache: a check of the result reads all of it, in the order
    /// of its trees, and writers wait for that.
    /// </summary>
    public void ReadAhead()
    {
        _ = SqliteConnection.Open(_database!.Path, SqliteOpenMode.Read, out var connection);
        using (connection)
        {
            connection?.ReadAhead();
        }
    }

    /// <summary>Finds out which pages differ, while others use the database, which is open.</summary>
    /// <exception cref="EngineException">It can not be read.</exception>
    public void CompareAhead()
    {
        _restore?.Dispose();
        _restore = null;
        try
        {
            _restore = new InPlaceRestore(_database!.Path, sourcePath);
            _restore.CompareAhead();
        }
        catch (SqliteException error)
        {
            throw SqlErrors.Storage(error.Status, error.Message, id);
        }
    }

    /// <summary>Writes what differs, and commits unless there is nothing. The caller holds the writer.</summary>
    /// <param name="committing">Called right before the commit.</param>
    /// <returns>Why nothing has changed: with only some pages taken back it would not be whole. Null when it is done.</returns>
    /// <exception cref="EngineException">The file system refused; nothing has changed.</exception>
    public string? Run(Action committing)
    {
        try
        {
            _restore ??= new InPlaceRestore(_database!.Path, sourcePath, Pages);
            return _restore.Run(committing);
        }
        catch (SqliteException error)
        {
            throw SqlErrors.Storage(error.Status, error.Message, id);
        }
        finally
        {
            _restore?.Dispose();
            _restore = null;
        }
    }

    public void Dispose()
    {
        _restore?.Dispose();
        if (_database is { } database)
        {
            host.Release(database);
        }
    }
}

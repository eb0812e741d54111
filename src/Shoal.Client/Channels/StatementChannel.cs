using Shoal.Client.Bulk;
using Shoal.Protocol.D1;

namespace Shoal.Client.Channels;

/// <summary>
/// Where a client's statements run: a server over HTTP, or an engine in this process. The one thing that differs between the
/// two; everything above it is the same code.
/// </summary>
/// <remarks>Thread: safe. Errors: <see cref="ShoalException"/>; it repeats by itself what may be repeated.</remarks>
internal abstract class StatementChannel : IDisposable
{
    /// <summary>Whether a batch runs on the thread that asks for it, which then can do nothing else meanwhile.</summary>
    public virtual bool RunsOnCaller => false;

    /// <summary>An empty batch in the form that this channel runs.</summary>
    /// <param name="isSingle">Whether exactly one statement follows.</param>
    /// <param name="bytes">Roughly how large it becomes.</param>
    public abstract StatementBatch NewBatch(bool isSingle, int bytes = 1024);

    /// <summary>An empty block of rows that <see cref="RowBlock{T}.WriteTo"/> puts into batches of this channel.</summary>
    /// <param name="sql">The statement of the rows.</param>
    /// <param name="asParameters">Whether rows are parameters of their own where there is a choice.</param>
    public abstract RowBlock<T> NewBlock<T>(WriteSql<T> sql, bool asParameters);

    /// <summary>Runs a batch in one transaction. The batch is used up when it succeeds.</summary>
    public abstract ValueTask<BatchReply> RunAsync(StatementBatch batch, BatchCall call, CancellationToken cancellation);

    /// <summary>Runs a batch whose last statement's rows are wanted piece by piece.</summary>
    public abstract ValueTask<RowStream> StreamAsync(StatementBatch batch, BatchCall call, CancellationToken cancellation);

    /// <summary>Begins a transaction that stays open; null where none can be held open, as over HTTP.</summary>
    public virtual ValueTask<ChannelTransaction?> BeginAsync(string database, CancellationToken cancellation) =>
        new((ChannelTransaction?)null);

    /// <summary>Creates a database.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="repeatable">Whether the caller takes it well that the name is taken, be it by an attempt whose reply was lost.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public abstract Task<DatabaseInfo> CreateDatabaseAsync(string name, bool repeatable, CancellationToken cancellation);

    /// <summary>Describes a database; null when there is none.</summary>
    public abstract Task<DatabaseInfo?> FindDatabaseAsync(string nameOrId, CancellationToken cancellation);

    /// <summary>A page of the databases whose name contains a text, oldest first; empty after the last.</summary>
    public abstract Task<IReadOnlyList<DatabaseInfo>> ListDatabasesAsync(string nameContains, int page,
        CancellationToken cancellation);

    /// <summary>Deletes a database; false when there was none.</summary>
    public abstract Task<bool> DeleteDatabaseAsync(string nameOrId, CancellationToken cancellation);

    /// <summary>Whatever is remembered of a database turned out to be wrong.</summary>
    public abstract void Forget(string nameOrId);

    /// <inheritdoc/>
    public abstract void Dispose();
}

using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Sqlite;

namespace Shoal.Engine;

/// <summary>A transaction that stays open between requests, on the database's one writer.</summary>
/// <remarks>
/// Its requests see its own writes; readers see the state before it. Other writers, and the checkpoint, wait for its end, so it
/// is bounded: after <see cref="EngineLimits.TransactionTimeout"/> it is rolled back.
/// Thread: safe; one request at a time. Owns: the database's writer, until it has ended. Disposing rolls back.
/// </remarks>
public sealed class DatabaseTransaction : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Database _database;
    private readonly WriterLease _lease;
    private readonly Func<SqlRequest, ValueTask> _prepare;
    private readonly Action _release;
    private readonly ITimer _timer;
    private readonly TimeSpan _timeout;
    private readonly long _sizeBefore;
    private bool _isCommitted;
    private bool _hasEnded;
    private bool _isLate;

    internal DatabaseTransaction(
        Database database, WriterLease lease, EngineOptions options, Func<SqlRequest, ValueTask> prepare, Action release)
    {
        _database = database;
        _lease = lease;
        _prepare = prepare;
        _release = release;
        _timeout = options.Limits.TransactionTimeout;
        lease.Transactions.Begin();
        _sizeBefore = lease.Connection.Native.GetSize().UsedBytes;
        _timer = options.TimeProvider.CreateTimer(static state => _ = ((DatabaseTransaction)state!).EndLateAsync(), this,
            _timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs a request: all of its statements, or none; either way the transaction goes on.</summary>
    /// <remarks>The sink's results are those of the transaction: not durable, and not there for others, before its commit.</remarks>
    /// <exception cref="SqlException">A statement failed.</exception>
    /// <exception cref="EngineException">The request, or the transaction, took too long.</exception>
    public async Task ExecuteAsync(SqlRequest request, IResultSink sink, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfEnded();
            await _prepare(request).ConfigureAwait(false);
            Run(request, sink, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Commits; everything is durable when the task completes.</summary>
    /// <exception cref="EngineException">A constraint is violated or the disk refused; nothing was applied.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfEnded();
            try
            {
                _lease.Transactions.Commit();
                _isCommitted = true;
            }
            finally
            {
                End();
            }

            await _database.Gate.WaitAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Rolls back, if it has not ended yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_hasEnded)
            {
                End();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Run(SqlRequest request, IResultSink sink, CancellationToken cancellation)
    {
        Exception? error;
        try
        {
            _lease.Transactions.RunInside(request, sink, cancellation, out error);
        }
        catch (SqliteException failure)
        {
            error = SqlErrors.Storage(failure.Status, failure.Message, _database.Id);
        }

        if (_lease.Connection.Native.IsAutocommit)
        {
            // ON CONFLICT ROLLBACK, a full disk: SQLite has ended the transaction of all requests.
            End();
        }

        if (error is not null)
        {
            throw error;
        }
    }

    private async Task EndLateAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_hasEnded)
            {
                _isLate = true;
                End();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Gives the writer free; what is not committed is rolled back.</summary>
    private void End()
    {
        _hasEnded = true;
        _timer.Dispose();
        try
        {
            _lease.Transactions.Rollback();
            if (!_isCommitted)
            {
                _lease.Connection.NoteSize(_sizeBefore);
            }
        }
        finally
        {
            _lease.Dispose();
            _release();
        }
    }

    private void ThrowIfEnded()
    {
        if (_isLate)
        {
            throw new EngineException(EngineErrorKind.Timeout,
                $"the transaction was rolled back: it was open for more than {_timeout.TotalSeconds:0.###} s",
                "Do less in it: other writers of the database wait for its end.", _database.Id);
        }

        if (_hasEnded)
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, "the transaction has ended", "Begin another.", _database.Id);
        }
    }
}

using System.Diagnostics;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Work;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Databases;

/// <summary>Runs requests on the writer connection and commits many of them in one SQLite transaction.</summary>
/// <remarks>
/// Thread: the database's writer. Invariant: on return no transaction is open and every turn has its outcome; a turn
/// without error is committed, a turn with one has left nothing behind.
/// </remarks>
internal sealed class GroupCommit : IDisposable
{
    /// <summary>For so long a group goes on with its next turn while others want something.</summary>
    private static readonly long GroupTicks = Stopwatch.Frequency / 2_000;

    private readonly DatabaseId _id;
    private readonly DatabaseConnection _connection;
    private readonly OutputGate _gate;
    private readonly CommitClock _clock;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private readonly SqliteStatement _savepoint;
    private readonly SqliteStatement _release;
    private readonly SqliteStatement _rollbackToSavepoint;
    private RunPace _pace;
    private bool _yielded;

    public GroupCommit(DatabaseId id, DatabaseConnection connection, OutputGate gate, CommitClock clock)
    {
        _gate = gate;
        _clock = clock;
        _id = id;
        _connection = connection;
        var native = connection.Native;
        _begin = native.Prepare("BEGIN IMMEDIATE");
        _commit = native.Prepare("COMMIT");
        _rollback = native.Prepare("ROLLBACK");
        _savepoint = native.Prepare("SAVEPOINT request");
        _release = native.Prepare("RELEASE request");
        _rollbackToSavepoint = native.Prepare("ROLLBACK TO request");
    }

    /// <summary>The turn that took long when <see cref="Run"/> last gave way; null when they did only together.</summary>
    public WriteTurn? LongTurn { get; private set; }

    /// <summary>Runs and commits a group of turns, unless they take longer than they may.</summary>
    /// <param name="turns">The turns, one at least.</param>
    /// <param name="pace">Whether they give way to others.</param>
    /// <returns>
    /// How many have their outcome, from the first one on. Fewer than all when others wait: the rest is another group's. 0 when
    /// they have given way: then nothing is committed, and they must be run again where they need not.
    /// </returns>
    public int Run(ReadOnlySpan<WriteTurn> turns, in RunPace pace)
    {
        _pace = pace;
        _yielded = false;
        LongTurn = null;
        if (turns.Length == 1)
        {
            RunAlone(turns[0]);
            LongTurn = turns[0];
            return _yielded ? 0 : 1;
        }

        if (TryRunTogether(turns, out var done))
        {
            return done;
        }

        if (pace.MustYield is not null)
        {
            // Together or not: what follows may take long.
            return 0;
        }

        // One of them ended the transaction of all (ON CONFLICT ROLLBACK, a full disk, ...): each gets its own.
        foreach (var turn in turns)
        {
            if (turn.Error is OperationCanceledException
                or EngineException { Kind: EngineErrorKind.Timeout or EngineErrorKind.OutOfMemory or EngineErrorKind.LimitExceeded })
            {
                // It has had its time or its space, and running out of that is what ended the transaction.
                continue;
            }

            turn.Error = null;
            turn.Sink.Reset();
            RunAlone(turn);
        }

        return turns.Length;
    }

    /// <summary>Begins a transaction for work that is not a request, such as an import.</summary>
    /// <exception cref="EngineException">The file system refused.</exception>
    public void Begin() => Trusted(_begin);

    /// <summary>Commits it.</summary>
    /// <exception cref="EngineException">A constraint is violated or the file system refused; the transaction is gone.</exception>
    public void Commit()
    {
        if (_connection.Native.HasDeferredViolations)
        {
            Rollback();
            throw SqlErrors.ForeignKey(new StatementPosition(0, 0), _id);
        }

        // From here on readers may see the commit; they wait until the writer has put it into the log.
        _gate.CommitStarting();
        _clock.CommitStarting();
        var status = _connection.RunTrusted(_commit);
        if (!status.IsSuccess)
        {
            var error = SqlErrors.Storage(status, _connection.Native.ErrorMessage, _id);
            Rollback();
            throw error;
        }
    }

    /// <summary>Runs a request inside the transaction that <see cref="Begin"/> began; a failing one leaves nothing behind.</summary>
    public void RunInside(SqlRequest request, IResultSink sink, CancellationToken cancellation, out Exception? error)
    {
        Trusted(_savepoint);
        _ = _connection.Run(request, sink, default, cancellation, out error, isLast: false);
        if (_connection.Native.IsAutocommit)
        {
            return;
        }

        if (error is not null)
        {
            Trusted(_rollbackToSavepoint);
        }

        Trusted(_release);
    }

    /// <summary>Gives up the open transaction, if there still is one.</summary>
    public void Rollback()
    {
        if (!_connection.Native.IsAutocommit)
        {
            _ = _connection.RunTrusted(_rollback);
        }
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
        _rollback.Dispose();
        _savepoint.Dispose();
        _release.Dispose();
        _rollbackToSavepoint.Dispose();
    }

    private void RunAlone(WriteTurn turn)
    {
        try
        {
            turn.Cancellation.ThrowIfCancellationRequested();
            Begin();
            RunRequest(turn);
            if (turn.Error is null && !_yielded)
            {
                Commit();
            }
        }
        catch (SqliteException error)
        {
            turn.Error = SqlErrors.Storage(error.Status, error.Message, _id);
        }
        catch (Exception error)
        {
            // Whatever it is, also from a sink: it is this turn's alone, those before it are committed.
            turn.Error = error;
        }
        finally
        {
            Rollback();
        }
    }

    private bool TryRunTogether(ReadOnlySpan<WriteTurn> turns, out int done)
    {
        done = 0;
        try
        {
            Begin();
            var started = Stopwatch.GetTimestamp();
            foreach (var turn in turns)
            {
                if (done > 0 && HasHadItsTime(started))
                {
                    break;
                }

                done++;
                if (turn.Cancellation.IsCancellationRequested)
                {
                    turn.Error = new OperationCanceledException(turn.Cancellation);
                    continue;
                }

                Trusted(_savepoint);
                var turnStarted = Stopwatch.GetTimestamp();
                RunRequest(turn);
                if (_yielded && Stopwatch.GetTimestamp() - turnStarted > GroupTicks)
                {
                    LongTurn = turn;
                }

                if (_yielded || _connection.Native.IsAutocommit)
                {
                    return false;
                }

                if (turn.Error is not null)
                {
                    Trusted(_rollbackToSavepoint);
                }

                Trusted(_release);
            }

            Commit();
            return true;
        }
        catch (Exception)
        {
            // Nothing is committed; each turn finds out alone whose fault it was.
            return false;
        }
        finally
        {
            Rollback();
        }
    }

    private bool HasHadItsTime(long started)
    {
        var now = Stopwatch.GetTimestamp();
        return now - started > GroupTicks && _pace.MustYield is { } mustYield && mustYield(now) == 0;
    }

    private void RunRequest(WriteTurn turn)
    {
        if (turn.Work is { } work)
        {
            RunWork(turn, work);
            return;
        }

        var status = _connection.Run(turn.Request, turn.Sink, _pace, turn.Cancellation, out var error);
        _yielded |= status == RunStatus.Yielded;
        turn.Error = error;
    }

    private void RunWork(WriteTurn turn, IDatabaseWork work)
    {
        try
        {
            _connection.RunWork(work, turn.Cancellation);
        }
        catch (Exception error)
        {
            // Whatever it is, it is this turn's alone: its savepoint undoes what it has done.
            turn.Error = error;
        }
    }

    private void Trusted(SqliteStatement statement)
    {
        var status = _connection.RunTrusted(statement);
        if (!status.IsSuccess)
        {
            throw SqlErrors.Storage(status, _connection.Native.ErrorMessage, _id);
        }
    }
}

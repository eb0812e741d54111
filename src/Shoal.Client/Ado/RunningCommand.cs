using Shoal.Client.D1;

namespace Shoal.Client.Ado;

/// <summary>What commands and batches share: time-out, cancellation, and what the results say of affected rows.</summary>
/// <remarks>Thread: <see cref="Cancel"/> for any.</remarks>
internal sealed class RunningCommand
{
    private CancellationTokenSource? _running;

    /// <summary>Ends what runs now, if anything does.</summary>
    public void Cancel()
    {
        try
        {
            Volatile.Read(ref _running)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in this moment: there is nothing left to cancel.
        }
    }

    /// <summary>Runs statements.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="transaction">In which transaction; null for none.</param>
    /// <param name="statements">Which.</param>
    /// <param name="wantsRows">Whether the caller reads rows.</param>
    /// <param name="timeout">Seconds; 0 for none but the client's own.</param>
    /// <param name="cancellation">The caller's wish to stop.</param>
    public async Task<StatementResult[]?> RunAsync(ShoalConnection? connection, ShoalTransaction? transaction,
        IReadOnlyList<BoundStatement> statements, bool wantsRows, int timeout, CancellationToken cancellation)
    {
        if (connection is null)
        {
            throw new InvalidOperationException("the command has no connection; set Connection");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = timeout > 0
            ? new CancellationTokenSource(TimeSpan.FromSeconds(timeout), connection.ShoalDatabase.Client.Options.TimeProvider) : null;
        using var late = timer?.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stop);
        Volatile.Write(ref _running, stop);
        try
        {
            return await connection.RunAsync(statements, transaction, wantsRows, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (timer is { IsCancellationRequested: true })
        {
            throw new ShoalDbException(new ShoalException(ShoalErrorKind.Timeout, $"no reply within {timeout} s", error)
            {
                Database = connection.Database,
                Hint = "raise CommandTimeout, or send less at once",
                MayHaveBeenApplied = true,
            });
        }
        catch (ShoalException error)
        {
            throw new ShoalDbException(error);
        }
        finally
        {
            Volatile.Write(ref _running, null);
        }
    }

    /// <summary>Rows that statements changed; -1 when all of them only read, or nobody knows yet.</summary>
    public static int AffectedRows(IReadOnlyList<BoundStatement> statements, StatementResult[]? results)
    {
        if (results is null || statements.All(static statement => statement.Text.IsReading))
        {
            return -1;
        }

        return (int)Math.Min(int.MaxValue, results.Sum(static result => result.Meta.Changes));
    }
}

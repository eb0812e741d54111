using System.Data;
using System.Data.Common;
using Shoal.Client.Channels;
using Shoal.Client.D1;
using ClientDatabase = Shoal.Client.Database;

namespace Shoal.Client.Ado;

/// <summary>Statements that commit together or not at all.</summary>
/// <remarks>
/// Over HTTP there is no connection that could hold a transaction open. So statements are put aside, in order, and
/// <see cref="Commit"/> sends them as one batch: until then <c>ExecuteNonQuery</c> answers -1, reads are refused, and errors
/// come at the commit. In process it is a real transaction: reads see its own writes, other readers see the state before, and
/// other writers of the database wait for its end, which comes by itself, as a rollback, after
/// <c>EngineLimits.TransactionTimeout</c> (30 s).
/// </remarks>
public sealed class ShoalTransaction : DbTransaction
{
    private readonly ClientDatabase _database;
    private readonly ChannelTransaction? _held;
    private readonly List<BoundStatement> _statements = [];
    private ShoalConnection? _connection;

    internal ShoalTransaction(ShoalConnection connection, ClientDatabase database, ChannelTransaction? held)
    {
        _connection = connection;
        _database = database;
        _held = held;
    }

    /// <summary>Whether statements wait for the commit, as over HTTP.</summary>
    public bool IsBuffered => _held is null;

    /// <summary>What the statements did, in order, after the commit of a transaction that <see cref="IsBuffered"/>.</summary>
    public IReadOnlyList<StatementMeta> Results { get; private set; } = [];

    /// <summary>Always serializable: a database has one writer.</summary>
    public override IsolationLevel IsolationLevel => IsolationLevel.Serializable;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => _connection;

    /// <inheritdoc/>
    public override void Commit() => CommitAsync().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        try
        {
            if (_held is not null)
            {
                await _held.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
            else if (_statements.Count > 0)
            {
                var batch = ShoalConnection.BatchOf(_database, _statements, out var repeatable);
                var reply = await _database.RunAsync(batch, repeatable, scope: default, cancellationToken).ConfigureAwait(false);
                Results = [.. reply.Results.Select(static result => result.Meta)];
            }
        }
        catch (ShoalException error)
        {
            throw new ShoalDbException(error);
        }
        finally
        {
            // Failed or not, there is nothing left to commit.
            await EndAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override void Rollback() => RollbackAsync().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Rolls back what is not committed.</summary>
    public override async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    internal async Task<StatementResult[]?> RunAsync(IReadOnlyList<BoundStatement> statements, bool wantsRows,
        CancellationToken cancellation)
    {
        if (_held is not null)
        {
            var batch = ShoalConnection.BatchOf(_database, statements, out _);
            return (await _held.RunAsync(batch, cancellation).ConfigureAwait(false)).Results;
        }

        if (wantsRows)
        {
            throw new InvalidOperationException("a transaction over HTTP can not be read from: its statements are sent together "
                + "when it is committed. Read before it begins, or put the condition into the SQL of the write");
        }

        if (_statements.Count + statements.Count > _database.Client.Limits.StatementsMax)
        {
            throw Http.ApiErrors.Refused($"the transaction has more statements than the target takes in one batch "
                + $"({_database.Client.Limits.StatementsMax})", "commit more often, or use a bulk writer", _database.Name);
        }

        _statements.AddRange(statements);
        return null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            EndAsync().AsTask().ConfigureAwait(false).GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }

    private async ValueTask EndAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            connection.Transaction = null;
            _statements.Clear();
            if (_held is not null)
            {
                await _held.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private void ThrowIfEnded()
    {
        if (_connection is null)
        {
            throw new InvalidOperationException("the transaction has ended");
        }
    }
}

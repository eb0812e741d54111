using System.Data;
using System.Data.Common;
using Shoal.Client.D1;

namespace Shoal.Client.Ado;

/// <summary>Commands that go in one request and run in one transaction.</summary>
public sealed class ShoalBatch : DbBatch
{
    private readonly RunningCommand _running = new();

    /// <summary>The commands.</summary>
    public new ShoalBatchCommandCollection BatchCommands { get; } = new();

    /// <summary>How long it may take. Units: seconds. Default 0: no other limits than those of the client.</summary>
    public override int Timeout { get; set; }

    /// <summary>The connection it runs on.</summary>
    public new ShoalConnection? Connection { get; set; }

    /// <summary>The transaction it runs in; required while the connection has one.</summary>
    public new ShoalTransaction? Transaction { get; set; }

    /// <inheritdoc/>
    protected override DbBatchCommandCollection DbBatchCommands => BatchCommands;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (ShoalConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (ShoalTransaction?)value;
    }

    /// <inheritdoc/>
    public override void Cancel() => _running.Cancel();

    /// <summary>Takes the texts apart; the server keeps prepared statements by itself.</summary>
    public override void Prepare() => _ = Statements(out _);

    /// <inheritdoc/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        Prepare();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => ExecuteNonQueryAsync().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default)
    {
        var statements = Statements(out var owners);
        var results = await RunAsync(statements, owners, wantsRows: false, cancellationToken).ConfigureAwait(false);
        return RunningCommand.AffectedRows(statements, results);
    }

    /// <inheritdoc/>
    public override object? ExecuteScalar() => ExecuteScalarAsync().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default)
    {
        var reader = await ExecuteDbDataReaderAsync(CommandBehavior.SingleRow, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return reader.Read() ? reader.GetValue(0) : null;
        }
    }

    /// <inheritdoc/>
    protected override DbBatchCommand CreateDbBatchCommand() => new ShoalBatchCommand();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ExecuteDbDataReaderAsync(behavior, CancellationToken.None).ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior,
        CancellationToken cancellationToken)
    {
        var statements = Statements(out var owners);
        var results = await RunAsync(statements, owners, wantsRows: true, cancellationToken).ConfigureAwait(false);
        return new ShoalDataReader(results!, RunningCommand.AffectedRows(statements, results),
            behavior.HasFlag(CommandBehavior.CloseConnection) ? Connection : null);
    }

    private List<BoundStatement> Statements(out List<ShoalBatchCommand> owners)
    {
        var statements = new List<BoundStatement>();
        owners = [];
        foreach (var command in BatchCommands.Cast<ShoalBatchCommand>())
        {
            foreach (var statement in BoundStatement.Of(command.CommandText, command.Parameters))
            {
                statements.Add(statement);
                owners.Add(command);
            }
        }

        return statements.Count > 0 ? statements : throw new InvalidOperationException("the batch has no commands");
    }

    private async Task<StatementResult[]?> RunAsync(List<BoundStatement> statements, List<ShoalBatchCommand> owners,
        bool wantsRows, CancellationToken cancellation)
    {
        StatementResult[]? results;
        try
        {
            results = await _running.RunAsync(Connection, Transaction, statements, wantsRows, Timeout, cancellation)
                .ConfigureAwait(false);
        }
        catch (ShoalDbException error) when (error.Error.StatementIndex is { } index && index < owners.Count)
        {
            throw new ShoalDbException(error.Error, owners[index]);
        }

        for (var index = 0; results is not null && index < results.Length; index++)
        {
            var command = owners[index];
            var before = index > 0 && ReferenceEquals(owners[index - 1], command) ? Math.Max(command.Affected, 0) : 0;
            command.Affected = statements[index].Text.IsReading ? before == 0 ? -1 : before
                : before + (int)Math.Min(int.MaxValue - before, results[index].Meta.Changes);
        }

        return results;
    }
}

using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Shoal.Client.Ado;

/// <summary>SQL of one or several statements with parameters. All of it is one transaction.</summary>
/// <remarks>
/// Parameters are named (<c>@p</c>, <c>:p</c>, <c>$p</c>) or by position (<c>?</c>, <c>?1</c>), in any of the statements.
/// </remarks>
public sealed class ShoalCommand : DbCommand
{
    private readonly RunningCommand _running = new();
    private string _text = "";

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        [SuppressMessage("Security", "CA2100", Justification = "Whoever sets it answers for it.")]
        set => _text = value ?? "";
    }

    /// <summary>
    /// How long it may take, repeated attempts included. Units: seconds. Default 0: no other limits than those of the client.
    /// </summary>
    public override int CommandTimeout { get; set; }

    /// <summary>Always text.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
            {
                throw new NotSupportedException("SQLite has no stored procedures; only CommandType.Text is possible");
            }
        }
    }

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <summary>The connection it runs on.</summary>
    public new ShoalConnection? Connection { get; set; }

    /// <summary>The transaction it runs in; required while the connection has one.</summary>
    public new ShoalTransaction? Transaction { get; set; }

    /// <summary>Its parameters.</summary>
    public new ShoalParameterCollection Parameters { get; } = new();

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (ShoalConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (ShoalTransaction?)value;
    }

    /// <inheritdoc/>
    public override void Cancel() => _running.Cancel();

    /// <summary>Takes the text apart; the server keeps prepared statements by itself.</summary>
    public override void Prepare() => CommandParser.Parse(_text);

    /// <summary>Rows that were changed; -1 when it only reads, or waits for a commit over HTTP.</summary>
    public override int ExecuteNonQuery() =>
        ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false).GetAwaiter().GetResult();

    /// <summary>Rows that were changed; -1 when it only reads, or waits for a commit over HTTP.</summary>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        var statements = BoundStatement.Of(_text, Parameters);
        var results = await _running.RunAsync(Connection, Transaction, statements, wantsRows: false, CommandTimeout,
            cancellationToken).ConfigureAwait(false);
        return RunningCommand.AffectedRows(statements, results);
    }

    /// <inheritdoc/>
    public override object? ExecuteScalar() =>
        ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        var reader = await ExecuteDbDataReaderAsync(CommandBehavior.SingleRow, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return reader.Read() ? reader.GetValue(0) : null;
        }
    }

    /// <summary>A parameter, not added yet.</summary>
    public new ShoalParameter CreateParameter() => new();

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => new ShoalParameter();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ExecuteDbDataReaderAsync(behavior, CancellationToken.None).ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior,
        CancellationToken cancellationToken)
    {
        var statements = BoundStatement.Of(_text, Parameters);
        if (behavior.HasFlag(CommandBehavior.SchemaOnly) && !statements.All(static one => one.Text.IsReading))
        {
            throw new NotSupportedException("the schema of a statement that writes can not be had without running it");
        }

        var results = await _running.RunAsync(Connection, Transaction, statements, wantsRows: true, CommandTimeout,
            cancellationToken).ConfigureAwait(false);
        return new ShoalDataReader(results!, RunningCommand.AffectedRows(statements, results),
            behavior.HasFlag(CommandBehavior.CloseConnection) ? Connection : null);
    }
}

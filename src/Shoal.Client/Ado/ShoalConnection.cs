using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Shoal.Client.Channels;
using Shoal.Client.D1;
using ClientDatabase = Shoal.Client.Database;

namespace Shoal.Client.Ado;

/// <summary>One database, for code that speaks ADO.NET: Dapper, data adapters, your own.</summary>
/// <remarks>
/// Opening it sends nothing: over HTTP there is no connection to hold, and all connections of a process share sockets, or one
/// engine per data folder. Thread: not safe, as every <see cref="DbConnection"/>; make one per piece of work.
/// Errors: <see cref="ShoalDbException"/> of all that runs SQL.
/// </remarks>
public sealed class ShoalConnection : DbConnection
{
    private readonly ClientDatabase? _given;
    private string _connectionString = "";
    private string? _changedDatabase;
    private ClientDatabase? _open;

    /// <summary>A connection without a connection string yet.</summary>
    public ShoalConnection()
    {
    }

    /// <summary>A connection by connection string; see <see cref="ShoalConnectionStringBuilder"/>.</summary>
    public ShoalConnection(string? connectionString) => ConnectionString = connectionString;

    /// <summary>A connection to a database of a client that there is already.</summary>
    public ShoalConnection(ClientDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        _given = database;
        _connectionString = new ShoalConnectionStringBuilder { Database = database.Name }.ConnectionString;
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string ConnectionString
    {
        get => _connectionString;
        set
        {
            if (_open is not null || _given is not null)
            {
                throw new InvalidOperationException("the connection string of an open or given connection can not be changed");
            }

            _connectionString = new ShoalConnectionStringBuilder(value).ConnectionString;
        }
    }

    /// <inheritdoc/>
    public override string Database =>
        _open?.Name ?? _changedDatabase ?? _given?.Name ?? new ShoalConnectionStringBuilder(_connectionString).Database ?? "";

    /// <summary>The server's address, or the data folder.</summary>
    public override string DataSource
    {
        get
        {
            if ((_open ?? _given) is { } database)
            {
                return database.Client.Options.Address.ToString();
            }

            var settings = new ShoalConnectionStringBuilder(_connectionString);
            return settings.Url ?? settings.DataFolder ?? "";
        }
    }

    /// <summary>What speaks: SQLite, whose version a server does not tell.</summary>
    public override string ServerVersion => "SQLite 3";

    /// <inheritdoc/>
    public override ConnectionState State => _open is null ? ConnectionState.Closed : ConnectionState.Open;

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    /// <summary>The database itself, for all that ADO.NET does not know: bulk writes, sessions.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public ClientDatabase ShoalDatabase => _open ?? throw new InvalidOperationException("the connection is not open; call Open()");

    /// <inheritdoc/>
    protected override DbProviderFactory DbProviderFactory => ShoalProviderFactory.Instance;

    /// <summary>The transaction that is open; null for none.</summary>
    internal ShoalTransaction? Transaction { get; set; }

    /// <inheritdoc/>
    public override void Open()
    {
        if (_open is not null)
        {
            throw new InvalidOperationException("the connection is open already");
        }

        _open = Resolve();
        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Open();
        return Task.CompletedTask;
    }

    /// <summary>Closes it; an open transaction is rolled back.</summary>
    public override void Close() => CloseAsync().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <summary>Closes it; an open transaction is rolled back.</summary>
    public override async Task CloseAsync()
    {
        if (Transaction is { } transaction)
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }

        if (_open is not null)
        {
            _open = null;
            OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
        }
    }

    /// <summary>Goes on with another database of the same account.</summary>
    public override void ChangeDatabase(string databaseName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(databaseName);
        if (Transaction is not null)
        {
            throw new InvalidOperationException("a transaction is open; commit it or roll it back first");
        }

        _changedDatabase = databaseName;
        if (_open is not null)
        {
            _open = Resolve();
        }
    }

    /// <summary>A command of this connection.</summary>
    public new ShoalCommand CreateCommand() => new() { Connection = this };

    /// <summary>A transaction; see <see cref="ShoalTransaction"/> for what one is here.</summary>
    public new ShoalTransaction BeginTransaction() => (ShoalTransaction)BeginDbTransaction(IsolationLevel.Serializable);

    /// <summary>Runs statements as one batch, in the open transaction if there is one.</summary>
    /// <returns>One result per statement; nothing where they were put aside for the commit.</returns>
    internal async Task<StatementResult[]?> RunAsync(IReadOnlyList<BoundStatement> statements, ShoalTransaction? transaction,
        bool wantsRows, CancellationToken cancellation)
    {
        var database = ShoalDatabase;
        if (!ReferenceEquals(transaction, Transaction))
        {
            throw new InvalidOperationException(transaction is null
                ? "the connection has an open transaction; set the command's Transaction to it"
                : "the command's transaction has ended or belongs to another connection");
        }

        if (transaction is not null)
        {
            return await transaction.RunAsync(statements, wantsRows, cancellation).ConfigureAwait(false);
        }

        var batch = BatchOf(database, statements, out var repeatable);
        return (await database.RunAsync(batch, repeatable, scope: default, cancellation).ConfigureAwait(false)).Results;
    }

    /// <summary>Statements in the form that a database's channel runs.</summary>
    internal static StatementBatch BatchOf(ClientDatabase database, IReadOnlyList<BoundStatement> statements, out bool repeatable)
    {
        if (statements.Count > database.Client.Limits.StatementsMax)
        {
            throw Http.ApiErrors.Refused($"the batch has {statements.Count} statements, more than the target takes "
                + $"({database.Client.Limits.StatementsMax})", "send several batches, or use a bulk writer", database.Name);
        }

        var batch = database.Client.Channel.NewBatch(statements.Count == 1);
        repeatable = true;
        foreach (var statement in statements)
        {
            repeatable &= statement.Text.IsReading;
            batch.Add(statement.Text, statement.Values);
        }

        return batch;
    }

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        BeginDbTransactionAsync(isolationLevel, CancellationToken.None).AsTask().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel,
        CancellationToken cancellationToken)
    {
        if (Transaction is not null)
        {
            throw new InvalidOperationException("a transaction is open already; SQLite has no nested ones");
        }

        var database = ShoalDatabase;
        try
        {
            var held = await database.BeginAsync(cancellationToken).ConfigureAwait(false);
            return Transaction = new ShoalTransaction(this, database, held);
        }
        catch (ShoalException error)
        {
            throw new ShoalDbException(error);
        }
    }

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc/>
    protected override DbBatch CreateDbBatch() => new ShoalBatch { Connection = this };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private ClientDatabase Resolve()
    {
        if (_given is not null)
        {
            return _changedDatabase is null ? _given : _given.Client.Database(_changedDatabase);
        }

        var settings = new ShoalConnectionStringBuilder(_connectionString);
        var name = _changedDatabase ?? settings.Database
            ?? throw new InvalidOperationException("the connection string names no Database");
        try
        {
            return ConnectionTarget.ClientOf(settings).Database(name, settings.CreateIfMissing);
        }
        catch (ShoalException error)
        {
            throw new ShoalDbException(error);
        }
    }
}

using System.Buffers;
using System.Diagnostics;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Databases;

/// <summary>A connection to one database with all that running user SQL on it needs: limits, authorizer, caches.</summary>
/// <remarks>
/// Thread: one at a time. Exists in two roles: the writer, of which a database has one, and readers. Invariant: between
/// requests no statement is running, no setting differs from its default and the authorizer is off.
/// </remarks>
internal sealed partial class DatabaseConnection : IDisposable
{
    /// <summary>Statements that end in this many bytes or fewer are worth keeping; longer ones are data, not code.</summary>
    private const int CachedSqlBytesMax = 16 * 1024;

    private readonly DatabaseId _id;
    private readonly EngineLimits _limits;
    private readonly SqliteConnection _connection;
    private readonly D1Authorizer _authorizer = new();
    private readonly StatementCache _strictStatements;
    private readonly StatementCache _relaxedStatements;
    private readonly bool _isWriter;
    private CompatibilityLevel? _appliedLimits;
    private bool _settingsChanged;
    private CancellationToken _importCancellation;
    private long _sizeBytes = -1;
    private long _readerRowId;
    private int _statementsRun;

    private DatabaseConnection(DatabaseId id, EngineLimits limits, SqliteConnection connection, bool isWriter)
    {
        _id = id;
        _limits = limits;
        _connection = connection;
        _isWriter = isWriter;
        _strictStatements = new StatementCache(limits.StatementCacheBytesMax);
        _relaxedStatements = new StatementCache(limits.StatementCacheBytesMax);
    }

    /// <summary>The native connection, for statements of the engine's own.</summary>
    public SqliteConnection Native => _connection;

    /// <summary>Opens a database file that exists.</summary>
    /// <exception cref="EngineException">The file is missing, damaged or can not be opened.</exception>
    public static DatabaseConnection Open(
        DatabaseId id, string path, EngineLimits limits, DurabilityMode durability, bool isWriter)
    {
        var status = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var native);
        if (native is null)
        {
            throw File.Exists(path)
                ? SqlErrors.Storage(status, "the database file can not be opened", id)
                : new EngineException(EngineErrorKind.Corruption, $"the file of database {id} is missing",
                    "Restore the data folder from a backup.", id);
        }

        try
        {
            ConnectionSetup.Apply(native, limits, durability, isWriter);
            var connection = new DatabaseConnection(id, limits, native, isWriter);
            native.SetAuthorizer(connection._authorizer);
            return connection;
        }
        catch (SqliteException error)
        {
            native.Dispose();
            throw SqlErrors.Storage(error.Status, error.Message, id);
        }
    }

    /// <summary>Bytes in use after the last statement of the last request; -1 before the first.</summary>
    public long SizeBytes => _sizeBytes;

    /// <summary>Tells a reader what the writer knows, so that its meta agrees.</summary>
    public void SetReaderView(long lastRowId, long sizeBytes)
    {
        _readerRowId = lastRowId;
        _sizeBytes = sizeBytes;
    }

    /// <summary>Runs all statements of a request, without beginning or ending a transaction.</summary>
    /// <param name="request">The statements.</param>
    /// <param name="sink">Receives columns, rows and meta.</param>
    /// <param name="pace">Whether it gives way to others; then it may end as <see cref="RunStatus.Yielded"/>.</param>
    /// <param name="cancellation">The caller's wish to stop.</param>
    /// <param name="error">Why it failed; null unless the status is failed.</param>
    /// <param name="isLast">Whether the transaction ends with it, so that deferred constraints must hold.</param>
    public RunStatus Run(SqlRequest request, IResultSink sink, in RunPace pace, CancellationToken cancellation,
        out Exception? error, bool isLast = true)
    {
        _statementsRun = 0;
        ApplyLimits(request.Compatibility);
        if (_isWriter)
        {
            _sizeBytes = _connection.GetSize().UsedBytes;
        }

        var sizeBefore = _sizeBytes;
        _connection.BeginRun(_limits.QueryTimeout, cancellation, pace, _limits.QueryBounds);
        _authorizer.Enter(request.Compatibility);
        try
        {
            error = null;
            var items = request.Items;
            var itemsRun = 0;
            for (var index = 0; index < items.Count; index++)
            {
                if (SqlText.IsDropped(items[index].Sql.Span))
                {
                    continue;
                }

                itemsRun++;
                var status = RunItem(request, items[index], index, sink, cancellation, out error);
                if (status != RunStatus.Completed)
                {
                    _sizeBytes = sizeBefore;
                    return status;
                }
            }

            if (itemsRun == 0)
            {
                error = SqlErrors.Rule(SqlErrors.NoStatements, default, _id);
                return RunStatus.Failed;
            }

            // Deferred constraints must hold at the end of a request, not only of the transaction it may share.
            if (_isWriter && isLast && _connection.HasDeferredViolations)
            {
                error = SqlErrors.ForeignKey(new StatementPosition(items.Count - 1, 0), _id);
                _sizeBytes = sizeBefore;
                return RunStatus.Failed;
            }

            return RunStatus.Completed;
        }
        catch (SqliteException) when (_connection.InterruptReason == InterruptReason.Yielded)
        {
            error = null;
            _sizeBytes = sizeBefore;
            return RunStatus.Yielded;
        }
        finally
        {
            _authorizer.Leave();
            _connection.EndRun();
            ResetSettings();
        }
    }

    /// <summary>Whether the last statement was refused for a name starting with <c>_cf_</c>.</summary>
    public bool DeniedReservedName => _authorizer.DeniedReservedName;

    /// <summary>User SQL of an import follows, statement by statement; the timeout is that of one statement.</summary>
    public void BeginImport(CancellationToken cancellation)
    {
        ApplyLimits(CompatibilityLevel.Relaxed);
        _importCancellation = cancellation;
        _connection.BeginRun(_limits.ImportStatementTimeout, cancellation, SlowLane.OwnThread, _limits.QueryBounds);
        _authorizer.Enter(CompatibilityLevel.Relaxed);
    }

    /// <summary>The next statement of an import, or its next record, has its own time.</summary>
    public void NextOfImport() => _connection.ExtendRun(_limits.ImportStatementTimeout);

    /// <summary>The import is over.</summary>
    public void EndImport()
    {
        _authorizer.Leave();
        _connection.EndRun();
        _settingsChanged = true;
        ResetSettings();
    }

    /// <summary>Notes the size that an import, or a transaction that was rolled back, left behind.</summary>
    public void NoteSize(long sizeBytes) => _sizeBytes = sizeBytes;

    /// <summary>Compiles a statement of an import.</summary>
    public SqliteStatus PrepareUser(ReadOnlySpan<byte> text, out SqliteStatement? statement, out int consumedBytes)
    {
        _authorizer.BeginStatement();
        return _connection.Prepare(text, persistent: false, out statement, out consumedBytes);
    }

    /// <summary>Why a statement of an import failed.</summary>
    public Exception DescribeUser(SqliteStatus status, StatementPosition position) =>
        _authorizer.DeniedTransaction && status.Primary == SqliteStatus.Authorization
            ? SqlErrors.Rule(SqlErrors.TransactionRefused, position, _id)
            : SqlErrors.Describe(_connection, status, position, _id, _importCancellation);

    /// <summary>Runs a prepared statement of the engine's own to its end, also in the middle of user SQL.</summary>
    public SqliteStatus RunTrusted(SqliteStatement statement)
    {
        using var trusted = _authorizer.Suspend();
        var status = statement.Step();
        statement.Reset();
        return status;
    }

    /// <summary>Runs statements of the engine's own in the middle of user SQL.</summary>
    public void ExecuteTrusted(string sql)
    {
        using var trusted = _authorizer.Suspend();
        _connection.Execute(sql);
    }

    /// <summary>Frees statements and pages that can be had again.</summary>
    public void ReleaseMemory()
    {
        _strictStatements.Clear();
        _relaxedStatements.Clear();
        _workStatements.Clear();
        _connection.ReleaseMemory();
    }

    public void Dispose()
    {
        _strictStatements.Dispose();
        _relaxedStatements.Dispose();
        _workStatements.Clear();
        _connection.Dispose();
    }

    private RunStatus RunItem(SqlRequest request, in SqlBatchItem item, int itemIndex, IResultSink sink,
        CancellationToken cancellation, out Exception? error)
    {
        var sql = item.Sql.Span;
        var cache = request.Compatibility == CompatibilityLevel.Strict ? _strictStatements : _relaxedStatements;
        if (cache.TryGet(sql, out var cached))
        {
            return RunStatement(request, cached, item.Parameters.Span, isLast: true, new(itemIndex, 0), sink,
                cancellation, out error);
        }

        if (sql.Contains((byte)0))
        {
            error = SqlErrors.Rule("SQL code contains a NUL character.", new(itemIndex, 0), _id);
            return RunStatus.Failed;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(sql.Length + 1);
        try
        {
            sql.CopyTo(buffer);
            buffer[sql.Length] = 0;
            return RunText(request, buffer.AsSpan(0, sql.Length + 1), item.Parameters.Span, itemIndex, cache, sink,
                cancellation, out error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Runs the statements of a text one after the other, each compiled after the one before it has run.</summary>
    private RunStatus RunText(SqlRequest request, ReadOnlySpan<byte> text, ReadOnlySpan<SqlValue> parameters,
        int itemIndex, StatementCache cache, IResultSink sink, CancellationToken cancellation, out Exception? error)
    {
        var rest = text;
        var ordinal = 0;
        while (true)
        {
            // Offsets in D1's errors count the white space before the first statement of a text, not before the others.
            var position = new StatementPosition(itemIndex, ordinal);
            if (ordinal > 0)
            {
                rest = rest[SqlText.SkipSpace(rest)..];
            }

            if (rest.Length <= 1)
            {
                error = ordinal > 0 ? null : SqlErrors.Rule(SqlErrors.OnlySemicolon, position, _id);
                return error is null ? RunStatus.Completed : RunStatus.Failed;
            }

            _authorizer.BeginStatement();
            var status = _connection.Prepare(rest, persistent: ordinal == 0, out var statement, out var consumed);

            // Settings take effect when their PRAGMA is compiled, not when it runs.
            _settingsChanged |= _authorizer.Traits.HasFlag(StatementTraits.ChangesSettings);
            if (HasYielded(status))
            {
                error = null;
                return RunStatus.Yielded;
            }

            if (!status.IsSuccess)
            {
                error = DescribePrepare(status, position, cancellation);
                return RunStatus.Failed;
            }

            var tail = rest[consumed..^1];
            if (statement is null)
            {
                rest = rest[consumed..];
                continue;
            }

            var isLast = SqlText.SkipBlank(tail, alsoSemicolons: true) == tail.Length;
            var traits = _authorizer.Traits;
            statement.Tag = (int)traits;
            var kept = isLast && ordinal == 0 && !traits.HasFlag(StatementTraits.Pragma)
                && text.Length <= CachedSqlBytesMax && cache.Add(text[..^1], statement);
            try
            {
                var run = RunStatement(request, statement, parameters, isLast, position, sink, cancellation, out error);
                if (run != RunStatus.Completed || isLast)
                {
                    return run;
                }
            }
            finally
            {
                if (!kept)
                {
                    statement.Dispose();
                }
            }

            rest = rest[consumed..];
            ordinal++;
        }
    }

    private RunStatus RunStatement(SqlRequest request, SqliteStatement statement, ReadOnlySpan<SqlValue> parameters,
        bool isLast, StatementPosition position, IResultSink sink, CancellationToken cancellation, out Exception? error)
    {
        var traits = (StatementTraits)statement.Tag;
        error = CheckBeforeRun(request, statement, parameters.Length, isLast, position);
        if (error is not null)
        {
            return RunStatus.Failed;
        }

        if (!_isWriter && (!statement.IsReadOnly || traits.HasFlag(StatementTraits.NeedsWriter)))
        {
            return RunStatus.NeedsWriter;
        }

        var reserved = traits.HasFlag(StatementTraits.Renames) ? CountReservedNames() : 0;
        try
        {
            var status = isLast ? ParameterBinder.Bind(statement, parameters) : new SqliteStatus(SqliteStatus.Ok);
            if (status.IsSuccess)
            {
                status = Step(statement, position, sink);
            }

            if (HasYielded(status))
            {
                return RunStatus.Yielded;
            }

            if (!status.IsSuccess)
            {
                error = SqlErrors.Describe(_connection, status, position, _id, cancellation);
            }
            else if (traits.HasFlag(StatementTraits.Renames) && CountReservedNames() > reserved)
            {
                error = SqlErrors.Sql(
                    "not authorized", new SqliteStatus(SqliteStatus.Authorization), -1, position, _id);
            }
        }
        catch (EngineException refusal)
        {
            // The sink refused the result, for example because it grew too large.
            error = refusal;
        }
        finally
        {
            // Whatever the sink threw: a statement left running would keep its snapshot and refuse its next parameters.
            statement.Reset();
            if (parameters.Length > 0)
            {
                statement.ClearBindings();
            }
        }

        return error is null ? RunStatus.Completed : RunStatus.Failed;
    }

    /// <summary>Steps a statement to its end, hands rows to the sink and takes the measures of its meta.</summary>
    private SqliteStatus Step(SqliteStatement statement, StatementPosition position, IResultSink sink)
    {
        var changesBefore = _isWriter ? _connection.TotalChanges : 0;
        var rowIdBefore = _isWriter ? _connection.LastInsertRowId : _readerRowId;
        var sizeBefore = _sizeBytes;
        _ = statement.TakeRowsRead();
        _ = statement.TakeRowsWritten();

        var rows = 0L;
        var start = Stopwatch.GetTimestamp();
        var status = statement.Step();
        if (!status.IsSuccess)
        {
            return status;
        }

        var columns = statement.Columns;
        sink.BeginStatement(position, columns);
        while (status.Code == SqliteStatus.Row)
        {
            rows++;
            sink.Row(statement.Row(columns.Count));
            status = statement.Step();
        }

        if (!status.IsSuccess)
        {
            return status;
        }

        var duration = Stopwatch.GetElapsedTime(start);
        if (_isWriter && !statement.IsReadOnly)
        {
            _sizeBytes = _connection.GetSize().UsedBytes;
        }

        var changes = _isWriter ? _connection.TotalChanges - changesBefore : 0;
        var rowId = _isWriter ? _connection.LastInsertRowId : _readerRowId;
        sink.EndStatement(new StatementMeta(
            duration,
            statement.TakeRowsRead(),
            statement.TakeRowsWritten(),
            rows,
            changes,
            rowId,
            changes != 0 || rowId != rowIdBefore || _sizeBytes != sizeBefore,
            _sizeBytes));
        return status;
    }

    private SqlException? CheckParameters(SqliteStatement statement, int parameterCount, bool isLast,
        StatementPosition position) => isLast
        ? parameterCount == statement.ParameterCount
            ? null
            : SqlErrors.Rule(SqlErrors.WrongParameterCount, position, _id)
        : statement.ParameterCount == 0
            ? null
            : SqlErrors.Rule(SqlErrors.ParametersBeforeLast, position, _id);

    private bool HasYielded(SqliteStatus status) =>
        status.Primary == SqliteStatus.Interrupt && _connection.InterruptReason == InterruptReason.Yielded;

    private EngineException? CheckBeforeRun(SqlRequest request, SqliteStatement statement, int parameterCount,
        bool isLast, StatementPosition position) =>
        ++_statementsRun > _limits.StatementsPerRequestMax
            ? new EngineException(EngineErrorKind.LimitExceeded,
                $"more than {_limits.StatementsPerRequestMax} statements in one request",
                "Send them in several requests, or use import.", _id)
        : request.ReadOnly
            && (!statement.IsReadOnly || ((StatementTraits)statement.Tag).HasFlag(StatementTraits.Writes))
            ? new EngineException(EngineErrorKind.ReadOnly, "This token may only read, and the statement writes.",
                "Use a token with write permission.", _id)
            : CheckParameters(statement, parameterCount, isLast, position);

    private Exception DescribePrepare(SqliteStatus status, StatementPosition position, CancellationToken cancellation)
    {
        if (_authorizer.DeniedTransaction && status.Primary == SqliteStatus.Authorization)
        {
            return SqlErrors.Rule(SqlErrors.TransactionRefused, position, _id);
        }

        return status.Primary == SqliteStatus.TooBig
            ? SqlErrors.Sql("statement too long", status, -1, position, _id)
            : SqlErrors.Describe(_connection, status, position, _id, cancellation);
    }

    private void ApplyLimits(CompatibilityLevel compatibility)
    {
        if (_appliedLimits != compatibility)
        {
            ConnectionLimits.Apply(
                _connection, compatibility == CompatibilityLevel.Strict ? _limits.StrictSql : _limits.RelaxedSql);
            _appliedLimits = compatibility;
        }
    }

    private void ResetSettings()
    {
        if (_settingsChanged)
        {
            _settingsChanged = false;
            _connection.Execute(
                """
                PRAGMA defer_foreign_keys=0; PRAGMA case_sensitive_like=0; PRAGMA ignore_check_constraints=0;
                PRAGMA legacy_alter_table=0; PRAGMA recursive_triggers=0; PRAGMA reverse_unordered_selects=0;
                PRAGMA foreign_keys=1
                """);
        }
    }
}

using System.Diagnostics;
using System.Text;
using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Transfer;

/// <summary>Runs SQL text of any length in one transaction on a writer held for it.</summary>
/// <remarks>
/// The text is read through a window that always holds at least one whole statement; SQLite's own parser finds the
/// ends, so strings, comments and trigger bodies need no second grammar. Thread: the caller's, synchronously.
/// </remarks>
internal sealed class SqlImporter : IDisposable
{
    private const int WindowBytes = 256 * 1024;

    private readonly DatabaseId _id;
    private readonly WriterLease _lease;
    private readonly Stream _input;
    private readonly IProgress<TransferProgress>? _progress;
    private readonly int _statementBytesMax;
    private readonly LiteralInserts _inserts;
    private byte[] _window = new byte[WindowBytes];
    private int _start;
    private int _end;
    private bool _inputEnded;
    private long _bytesRead;
    private long _statements;
    private long _rowsRead;
    private long _rowsWritten;

    public SqlImporter(DatabaseId id, WriterLease lease, Stream input, int statementBytesMax,
        IProgress<TransferProgress>? progress)
    {
        _id = id;
        _lease = lease;
        _input = input;
        _statementBytesMax = statementBytesMax;
        _progress = progress;
        _inserts = new LiteralInserts(lease.Connection);
    }

    private StatementPosition Position => new(0, (int)Math.Min(_statements, int.MaxValue));

    private ReadOnlySpan<byte> Window => _window.AsSpan(_start, _end - _start);

    /// <summary>Runs everything and commits.</summary>
    /// <exception cref="SqlException">A statement failed; nothing was applied.</exception>
    public ImportResult Run(CancellationToken cancellation)
    {
        var connection = _lease.Connection;
        var native = connection.Native;
        connection.BeginImport(cancellation);
        try
        {
            _lease.Transactions.Begin();
            var changesBefore = native.TotalChanges;
            var rowIdBefore = native.LastInsertRowId;
            var sizeBefore = native.GetSize().UsedBytes;
            var start = Stopwatch.GetTimestamp();
            SkipByteOrderMark();
            while (NextStatement())
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (_statements == 0)
            {
                throw SqlErrors.Rule(SqlErrors.NoStatements, default, _id);
            }

            var size = native.GetSize().UsedBytes;
            _lease.Transactions.Commit();
            connection.NoteSize(size);
            Report();
            var changes = native.TotalChanges - changesBefore;
            return new ImportResult(_statements, new StatementMeta(Stopwatch.GetElapsedTime(start),
                _rowsRead + _inserts.RowsRead, _rowsWritten + _inserts.RowsWritten, RowsReturned: 0, changes,
                native.LastInsertRowId,
                changes != 0 || native.LastInsertRowId != rowIdBefore || size != sizeBefore, size));
        }
        finally
        {
            _lease.Transactions.Rollback();
            connection.EndImport();
        }
    }

    public void Dispose() => _inserts.Dispose();

    private bool NextStatement()
    {
        if (!SkipBlank())
        {
            return false;
        }

        _lease.Connection.NextOfImport();
        if (SkipTransactionControl() || TurnForeignKeysOff() || RunInsert())
        {
            return true;
        }

        var connection = _lease.Connection;
        while (true)
        {
            Terminate();
            var text = _window.AsSpan(_start, _end - _start + 1);
            var status = connection.PrepareUser(text, out var statement, out var consumed);

            // At the window's end the parser may have seen only the first part of a statement: look at more of it.
            var mayBeCut = !_inputEnded && (!status.IsSuccess || consumed == text.Length - 1 || statement is null);
            if (mayBeCut && Window.Length < _statementBytesMax)
            {
                statement?.Dispose();
                Fill();
                continue;
            }

            if (!status.IsSuccess)
            {
                SkipReservedObject(status);
                return true;
            }

            using (statement)
            {
                if (statement is not null)
                {
                    Execute(statement);
                }
            }

            Consume(consumed);
            return true;
        }
    }

    private void Execute(SqliteStatement statement)
    {
        if (statement.ParameterCount > 0)
        {
            throw SqlErrors.Rule(SqlErrors.WrongParameterCount, Position, _id);
        }

        SqliteStatus status;
        do
        {
            status = statement.Step();
        }
        while (status.Code == SqliteStatus.Row);

        if (!status.IsSuccess)
        {
            throw _lease.Connection.DescribeUser(status, Position);
        }

        _rowsRead += statement.TakeRowsRead();
        _rowsWritten += statement.TakeRowsWritten();
        StatementRan();
    }

    /// <summary>Most of a dump: INSERTs of literals, which need not be compiled one by one.</summary>
    private bool RunInsert()
    {
        var status = _inserts.TryRun(Window, out var consumed);
        if (!status.IsSuccess)
        {
            throw _lease.Connection.DescribeUser(status, Position);
        }

        if (consumed == 0)
        {
            return false;
        }

        StatementRan();
        Consume(consumed);
        return true;
    }

    private void StatementRan()
    {
        _statements++;
        if (_statements % 1_000 == 0)
        {
            Report();
        }
    }

    /// <summary>Dumps of the shell and of D1 carry D1's internal table; everybody means to leave it out.</summary>
    private void SkipReservedObject(SqliteStatus status)
    {
        var connection = _lease.Connection;
        var statement = Window[..SqlText.SkipToSemicolon(Window)];

        // The body of a trigger has semicolons of its own: what follows them must not run as if it stood alone.
        var isTrigger = Encoding.UTF8.GetString(statement).Contains("TRIGGER", StringComparison.OrdinalIgnoreCase);
        if ((!connection.DeniedReservedName || isTrigger)
            && !connection.Native.ErrorMessage.StartsWith("no such table: _cf_", StringComparison.OrdinalIgnoreCase))
        {
            throw connection.DescribeUser(status, Position);
        }

        Consume(statement.Length);
    }

    private bool SkipTransactionControl()
    {
        var word = SqlText.FirstKeyword(Window);
        if (!SqlText.IsWord(word, "BEGIN"u8) && !SqlText.IsWord(word, "COMMIT"u8) && !SqlText.IsWord(word, "END"u8))
        {
            return false;
        }

        Consume(SqlText.SkipToSemicolon(Window));
        return true;
    }

    /// <summary>
    /// Inside a transaction SQLite ignores this setting, and everything here is in one. It is honoured as the first
    /// statement, where dumps have it: the still empty transaction is begun anew around it.
    /// </summary>
    private bool TurnForeignKeysOff()
    {
        if (_statements > 0 || !SqlText.IsWord(SqlText.FirstKeyword(Window), "PRAGMA"u8))
        {
            return false;
        }

        var end = SqlText.SkipToSemicolon(Window);
        if (end > 200)
        {
            return false;
        }

        var text = Encoding.ASCII.GetString(Window[..end]).Replace(" ", "", StringComparison.Ordinal).TrimEnd(';');
        if (!text.Equals("PRAGMAforeign_keys=OFF", StringComparison.OrdinalIgnoreCase)
            && !text.Equals("PRAGMAforeign_keys=0", StringComparison.OrdinalIgnoreCase)
            && !text.Equals("PRAGMAforeign_keys=FALSE", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        _lease.Transactions.Rollback();
        _lease.Connection.ExecuteTrusted("PRAGMA foreign_keys=0");
        _lease.Transactions.Begin();
        _statements++;
        Consume(end);
        return true;
    }

    /// <summary>Moves to the next statement; false at the end of the text.</summary>
    private bool SkipBlank()
    {
        while (true)
        {
            var blank = SqlText.SkipBlank(Window, alsoSemicolons: true);
            if (blank < Window.Length && (_inputEnded || Window.Length - blank > 64))
            {
                Consume(blank);
                return true;
            }

            if (_inputEnded)
            {
                return false;
            }

            // Nothing but blanks so far, or so little that a comment could be cut: keep its start, read on.
            Consume(SqlText.SkipBlank(Window, alsoSemicolons: true, mayGoOn: true));
            if (Window.Length > _statementBytesMax)
            {
                throw SqlErrors.Rule($"comment too long: more than {_statementBytesMax} bytes", default, _id);
            }

            Fill();
        }
    }

    private void SkipByteOrderMark()
    {
        Fill();
        if (Window.StartsWith("\uFEFF"u8))
        {
            Consume(3);
        }
    }

    private void Consume(int count) => _start += count;

    /// <summary>The parser wants a NUL after the text.</summary>
    private void Terminate()
    {
        if (_end == _window.Length)
        {
            Array.Resize(ref _window, _window.Length + 1);
        }

        _window[_end] = 0;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            Window.CopyTo(_window);
            _end -= _start;
            _start = 0;
        }

        if (_end >= _window.Length - 1)
        {
            Array.Resize(ref _window, _window.Length * 2);
        }

        var count = _input.Read(_window, _end, _window.Length - 1 - _end);
        if (_window.AsSpan(_end, count).Contains((byte)0))
        {
            throw SqlErrors.Rule("SQL code contains a NUL character; import .sqlite files with their own format.",
                default, _id);
        }

        _end += count;
        _bytesRead += count;
        _inputEnded = count == 0;
    }

    private void Report() => _progress?.Report(new TransferProgress(_bytesRead - Window.Length, _statements));
}

using Shoal.Engine.Databases;
using Shoal.Sqlite;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Transfer;

/// <summary>Runs the INSERTs of a dump as prepared statements with parameters, instead of compiling each of them.</summary>
/// <remarks>
/// INSERTs whose values are all literals differ only in those: most statements of a dump share one prepared statement. It
/// stays one statement for one, so triggers, immediate foreign keys, conflict clauses and row counters see no difference.
/// Anything else is left to SQLite's parser. Thread: the import's.
/// </remarks>
internal sealed class LiteralInserts : IDisposable
{
    /// <summary>Literals of one statement: far more than dumps have, and well below what SQLite takes.</summary>
    private const int LiteralsMax = 4_096;

    /// <summary>Longer statements are rare, and their size is for SQLite to judge.</summary>
    private const int StatementBytesMax = 256 * 1024;

    private const int CacheBytesMax = 4 * 1024 * 1024;

    private readonly DatabaseConnection _connection;
    private readonly StatementCache _statements = new(CacheBytesMax);
    private Literal[] _literals = new Literal[64];
    private int _literalCount;
    private byte[] _head = [];
    private byte[] _template = new byte[1024];
    private int _templateLength;
    private byte[] _lastTemplate = [];
    private SqliteStatement? _last;
    private byte[] _scratch = [];

    public LiteralInserts(DatabaseConnection connection)
    {
        _connection = connection;
    }

    /// <summary>Rows and index entries scanned by what was run.</summary>
    public long RowsRead { get; private set; }

    /// <summary>Rows and index entries written by what was run.</summary>
    public long RowsWritten { get; private set; }

    /// <summary>Runs the statement at the start of a text, if it is such an INSERT.</summary>
    /// <param name="sql">The text; it may go on behind the statement, or end in the middle of it.</param>
    /// <param name="consumedBytes">The statement's length, semicolon included; 0 when it was not run.</param>
    /// <returns>How running it went.</returns>
    public SqliteStatus TryRun(ReadOnlySpan<byte> sql, out int consumedBytes)
    {
        consumedBytes = 0;
        var headLength = _head.Length > 0 && sql.StartsWith(_head) ? _head.Length : LiteralReader.ReadHead(sql);
        if (headLength == 0)
        {
            return new SqliteStatus(SqliteStatus.Ok);
        }

        StartTemplate(sql[..headLength]);
        if (!TryReadRows(sql[..Math.Min(sql.Length, StatementBytesMax)], headLength, out var length)
            || FindStatement() is not { } statement)
        {
            return new SqliteStatus(SqliteStatus.Ok);
        }

        consumedBytes = length;
        return Run(statement, sql);
    }

    public void Dispose() => _statements.Dispose();

    /// <summary>Reads <c>(1, 'a'), (2, 'b');</c> into literals, and their places into the template.</summary>
    private bool TryReadRows(ReadOnlySpan<byte> sql, int position, out int length)
    {
        length = 0;
        _literalCount = 0;
        do
        {
            if (!LiteralReader.Take(sql, ref position, (byte)'('))
            {
                return false;
            }

            var separator = (byte)'(';
            do
            {
                if (!LiteralReader.TryRead(sql, ref position, out var literal) || !Add(literal, separator))
                {
                    return false;
                }

                separator = (byte)',';
            }
            while (LiteralReader.Take(sql, ref position, (byte)','));

            if (!LiteralReader.Take(sql, ref position, (byte)')'))
            {
                return false;
            }

            _template[_templateLength++] = (byte)')';
            separator = (byte)',';
            if (!LiteralReader.Take(sql, ref position, separator))
            {
                break;
            }

            _template[_templateLength++] = separator;
        }
        while (true);
        length = position + 1;
        return LiteralReader.Take(sql, ref position, (byte)';');
    }

    private void StartTemplate(ReadOnlySpan<byte> head)
    {
        if (!head.SequenceEqual(_head))
        {
            _head = head.ToArray();
        }

        _templateLength = 0;
        ReserveTemplate(head.Length);
        head.CopyTo(_template);
        _templateLength = head.Length;
    }

    private bool Add(in Literal literal, byte separator)
    {
        ReserveTemplate(4);
        _template[_templateLength++] = separator;
        _template[_templateLength++] = (byte)'?';
        if (_literalCount == _literals.Length)
        {
            if (_literalCount == LiteralsMax)
            {
                return false;
            }

            Array.Resize(ref _literals, _literalCount * 2);
        }

        _literals[_literalCount++] = literal;
        return true;
    }

    /// <summary>The template's statement; null when SQLite refuses it, and its parser will say why.</summary>
    private SqliteStatement? FindStatement()
    {
        var template = _template.AsSpan(0, _templateLength);
        if (template.SequenceEqual(_lastTemplate))
        {
            return _last;
        }

        if (!_statements.TryGet(template, out var statement))
        {
            ReserveTemplate(1);
            _template[_templateLength] = 0;
            var status = _connection.PrepareUser(_template.AsSpan(0, _templateLength + 1), out statement, out _);
            if (!status.IsSuccess || statement is null)
            {
                return null;
            }

            if (!_statements.Add(_template.AsSpan(0, _templateLength), statement))
            {
                statement.Dispose();
                return null;
            }
        }

        // Adding may have dropped the last one: from here on it is not looked at again.
        _last = statement;
        _lastTemplate = _template.AsSpan(0, _templateLength).ToArray();
        return statement;
    }

    private SqliteStatus Run(SqliteStatement statement, ReadOnlySpan<byte> sql)
    {
        for (var index = 0; index < _literalCount; index++)
        {
            var bound = Bind(statement, index + 1, sql, _literals[index]);
            if (!bound.IsSuccess)
            {
                return bound;
            }
        }

        var status = statement.Step();
        RowsRead += statement.TakeRowsRead();
        RowsWritten += statement.TakeRowsWritten();
        if (status.IsSuccess)
        {
            statement.Reset();
        }

        return status;
    }

    private SqliteStatus Bind(SqliteStatement statement, int parameter, ReadOnlySpan<byte> sql, in Literal literal)
    {
        var text = sql.Slice(literal.Start, literal.Length);
        return literal.Kind switch
        {
            LiteralKind.Null => statement.BindNull(parameter),
            LiteralKind.Integer => statement.BindInteger(parameter, literal.Integer),
            LiteralKind.Real => statement.BindReal(parameter, literal.Real),
            LiteralKind.Text => statement.BindText(parameter, text),
            LiteralKind.QuotedText => statement.BindText(parameter, Unquote(text)),
            LiteralKind.Blob => statement.BindBlob(parameter, FromHexadecimal(text)),
        };
    }

    /// <summary>The text with each doubled quote as one.</summary>
    private ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> text)
    {
        ReserveScratch(text.Length);
        var length = 0;
        while (true)
        {
            var quote = text.IndexOf((byte)'\'');
            if (quote < 0)
            {
                text.CopyTo(_scratch.AsSpan(length));
                return _scratch.AsSpan(0, length + text.Length);
            }

            text[..(quote + 1)].CopyTo(_scratch.AsSpan(length));
            length += quote + 1;
            text = text[(quote + 2)..];
        }
    }

    private ReadOnlySpan<byte> FromHexadecimal(ReadOnlySpan<byte> text)
    {
        ReserveScratch(text.Length / 2);
        _ = Convert.FromHexString(text, _scratch, out _, out var length);
        return _scratch.AsSpan(0, length);
    }

    private void ReserveScratch(int bytes)
    {
        if (_scratch.Length < bytes)
        {
            _scratch = new byte[Math.Max(bytes, _scratch.Length * 2)];
        }
    }

    private void ReserveTemplate(int bytes)
    {
        if (_template.Length - _templateLength < bytes)
        {
            Array.Resize(ref _template, Math.Max(_templateLength + bytes, _template.Length * 2));
        }
    }
}

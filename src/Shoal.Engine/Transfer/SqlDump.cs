using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Transfer;

/// <summary>Writes a database as SQL text that D1, Shoal and the SQLite shell can read back.</summary>
/// <remarks>
/// The layout is D1's (first line, order, quoting) with four differences that lose less: integers are exact, text with
/// line ends keeps them as they are, virtual tables are exported instead of refused, and views stand before triggers,
/// which may be of views. Thread: the caller's. The connection must be inside a read transaction, so that everything
/// comes from one snapshot.
/// </remarks>
internal sealed class SqlDump
{
    private const int FlushBytes = 64 * 1024;

    private readonly SqliteConnection _source;
    private readonly Stream _output;
    private readonly ExportOptions _options;
    private readonly IProgress<TransferProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes * 2);
    private readonly List<(string Table, string Content)> _rebuilds = [];
    private long _rows;
    private long _bytes;
    private bool _first = true;

    public SqlDump(SqliteConnection source, Stream output, ExportOptions options,
        IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        _source = source;
        _output = output;
        _options = options;
        _progress = progress;
        _cancellation = cancellation;
    }

    /// <summary>Writes everything.</summary>
    public void Run()
    {
        Line("PRAGMA defer_foreign_keys=TRUE;"u8);
        foreach (var table in Tables())
        {
            _cancellation.ThrowIfCancellationRequested();
            DumpTable(table);
        }

        // An index over rows elsewhere is built when they are there, and before a trigger can add to it.
        DumpOthers("index");
        DumpOthers("view");
        DumpRebuilds();
        DumpOthers("trigger");
        Flush();
    }

    private static bool StartsWith(string sql, string words) =>
        sql.StartsWith(words, StringComparison.OrdinalIgnoreCase);

    /// <summary>SQLite keeps the text as it was typed; a quoted name is how the shell's own dumps are told apart.</summary>
    private static string CreateText(string sql)
    {
        const string Plain = "CREATE TABLE ";
        return StartsWith(sql, Plain) && sql.Length > Plain.Length && sql[Plain.Length] is '"' or '\'' or '[' or '`'
            ? $"CREATE TABLE IF NOT EXISTS {sql[Plain.Length..]}"
            : sql;
    }

    private List<Table> Tables()
    {
        var shadows = Strings("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")
            .ToHashSet(StringComparer.Ordinal);
        var tables = new List<Table>();
        using var query = _source.Prepare(
            """
            SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND length(sql) > 0
            ORDER BY name = 'sqlite_sequence', rowid
            """);
        while (Next(query))
        {
            var name = Encoding.UTF8.GetString(query.Row(2).Text(0));
            if (!shadows.Contains(name) && IsChosen(name))
            {
                tables.Add(new Table(name, Encoding.UTF8.GetString(query.Row(2).Text(1))));
            }
        }

        return tables;
    }

    private void DumpTable(Table table)
    {
        if (table.Name == "sqlite_sequence")
        {
            Schema("DELETE FROM sqlite_sequence;");
        }
        else if (StartsWith(table.Name, "sqlite_stat"))
        {
            Schema("ANALYZE sqlite_schema;");
        }
        else if (StartsWith(table.Name, "sqlite_") || StartsWith(table.Name, "_cf_"))
        {
            return;
        }
        else
        {
            Schema(CreateText(table.Sql) + ";");
        }

        if (_options.NoData)
        {
            return;
        }

        if (StartsWith(table.Sql, "CREATE VIRTUAL TABLE"))
        {
            DumpVirtualRows(table);
        }
        else
        {
            DumpRows(table.Name, Strings($"SELECT name FROM pragma_table_info({Literal(table.Name)})"));
        }
    }

    /// <summary>Rows of full-text and R-tree tables go through the table itself; their shadow tables are left out.</summary>
    private void DumpVirtualRows(Table table)
    {
        var definition = VirtualTableText.Read(table.Sql);
        if (definition.Content is { Length: 0 })
        {
            Comment($"{table.Name}: a contentless FTS5 table keeps no rows to export");
        }
        else if (definition.Content is not null)
        {
            _rebuilds.Add((table.Name, definition.Content));
        }
        else if (!definition.IsVocabulary)
        {
            // table_info leaves out hidden columns, such as FTS5's rank and its column named like the table.
            var columns = Strings($"SELECT name FROM pragma_table_info({Literal(table.Name)})");
            DumpRows(table.Name, definition.IsFullText ? ["rowid", .. columns] : columns);
        }
    }

    private void DumpRows(string table, List<string> columns)
    {
        var names = string.Join(',', columns.Select(QuotedText.Name));
        var prefix = Encoding.UTF8.GetBytes($"INSERT INTO {QuotedText.Name(table)} ({names}) VALUES(");
        using var query = _source.Prepare($"SELECT {names} FROM {QuotedText.Name(table)}");
        while (Next(query))
        {
            NewLine();
            Write(prefix);
            var row = query.Row(columns.Count);
            for (var index = 0; index < columns.Count; index++)
            {
                if (index > 0)
                {
                    Write(","u8);
                }

                WriteLiteral(row, index);
            }

            Write(");"u8);
            _rows++;
            if (_buffer.WrittenCount >= FlushBytes)
            {
                _cancellation.ThrowIfCancellationRequested();
                Flush();
            }
        }
    }

    /// <summary>Full-text tables whose rows are those of another table or of a view.</summary>
    private void DumpRebuilds()
    {
        foreach (var (table, content) in _rebuilds)
        {
            var sources = Strings(
                $"SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name = {Literal(content)} COLLATE NOCASE");
            if (sources.Exists(source => IsChosen(source) && !StartsWith(source, "_cf_")))
            {
                var name = QuotedText.Name(table);
                Line(Encoding.UTF8.GetBytes($"INSERT INTO {name}({name}) VALUES('rebuild');"));
            }
            else
            {
                Comment($"{table}: not rebuilt, because {content}, which has its rows, is not part of this export");
            }
        }
    }

    private void DumpOthers(string type)
    {
        if (_options.NoSchema)
        {
            return;
        }

        using var query = _source.Prepare(
            $"""
            SELECT name, sql FROM sqlite_schema WHERE type = {Literal(type)} AND length(sql) > 0
            AND name NOT LIKE '\_cf\_%' ESCAPE '\'
            ORDER BY rowid
            """);
        while (Next(query))
        {
            var row = query.Row(2);
            if (IsChosen(Encoding.UTF8.GetString(row.Text(0))))
            {
                NewLine();
                Write(row.Text(1));
                Write(";"u8);
            }
        }
    }

    private bool IsChosen(string name) => _options.Tables.Count == 0 || _options.Tables.Contains(name);

    private void WriteLiteral(in SqliteRow row, int index)
    {
        switch (row.Type(index))
        {
            case SqliteValueType.Integer:
                _ = Utf8Formatter.TryFormat(row.Integer(index), _buffer.GetSpan(20), out var length);
                _buffer.Advance(length);
                break;
            case SqliteValueType.Real:
                WriteReal(row.Real(index));
                break;
            case SqliteValueType.Text:
                WriteText(row.Text(index));
                break;
            case SqliteValueType.Blob:
                WriteBlob(row.Blob(index));
                break;
            default:
                Write("NULL"u8);
                break;
        }
    }

    /// <summary>The shortest text that reads back as the same double, and as a REAL.</summary>
    private void WriteReal(double value)
    {
        if (double.IsInfinity(value))
        {
            Write(value > 0 ? "9e999"u8 : "-9e999"u8);
            return;
        }

        var span = _buffer.GetSpan(40);
        _ = value.TryFormat(span, out var length, "R", CultureInfo.InvariantCulture);
        var isIntegral = !span[..length].ContainsAny("eE."u8);
        _buffer.Advance(length);
        if (isIntegral)
        {
            Write(".0"u8);
        }
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0))
        {
            // A literal ends at NUL; the bytes go as a blob and come back as text.
            Write("CAST("u8);
            WriteBlob(text);
            Write(" AS TEXT)"u8);
            return;
        }

        QuotedText.Write(_buffer, text, (byte)'\'');
    }

    private void WriteBlob(ReadOnlySpan<byte> bytes)
    {
        Write("X'"u8);
        var span = _buffer.GetSpan(Math.Max(1, bytes.Length * 2));
        _ = Convert.TryToHexStringLower(bytes, span, out var length);
        _buffer.Advance(length);
        Write("'"u8);
    }

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private List<string> Strings(string sql)
    {
        var result = new List<string>();
        using var query = _source.Prepare(sql);
        while (Next(query))
        {
            result.Add(Encoding.UTF8.GetString(query.Row(1).Text(0)));
        }

        return result;
    }

    private bool Next(SqliteStatement query)
    {
        var status = query.Step();
        return status.IsSuccess
            ? status.Code == SqliteStatus.Row
            : throw new SqliteException(status, _source.ErrorMessage);
    }

    private void Schema(string text)
    {
        if (!_options.NoSchema)
        {
            Line(Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>A name may have line ends, and a comment ends with its line.</summary>
    private void Comment(string text) => Line(Encoding.UTF8.GetBytes("-- " + text.ReplaceLineEndings(" ")));

    private void Line(ReadOnlySpan<byte> text)
    {
        NewLine();
        Write(text);
    }

    private void NewLine()
    {
        if (!_first)
        {
            Write("\n"u8);
        }

        _first = false;
    }

    private void Write(ReadOnlySpan<byte> text) => _buffer.Write(text);

    private void Flush()
    {
        _output.Write(_buffer.WrittenSpan);
        _bytes += _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
        _progress?.Report(new TransferProgress(_bytes, _rows));
    }

    private readonly record struct Table(string Name, string Sql);
}

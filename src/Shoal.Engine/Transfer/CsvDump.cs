using System.Buffers;
using System.Globalization;
using System.Text;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Transfer;

/// <summary>Writes one table as CSV with a header line.</summary>
/// <remarks>NULL is an empty field, empty text is <c>""</c>, blobs are lower-case hexadecimal. Source: RFC 4180.</remarks>
internal sealed class CsvDump(
    SqliteConnection source, Stream output, string table, IProgress<TransferProgress>? progress,
    CancellationToken cancellation)
{
    private const int FlushBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes * 2);

    /// <summary>Writes everything.</summary>
    /// <exception cref="EngineException">There is no such table.</exception>
    public void Run()
    {
        using var query = PrepareSelect();
        var rows = 0L;
        var bytes = 0L;
        var columns = query.Columns;
        for (var index = 0; index < columns.Count; index++)
        {
            Separate(index);
            WriteText(columns.Name(index));
        }

        _buffer.Write("\n"u8);
        var status = query.Step();
        while (status.Code == SqliteStatus.Row)
        {
            WriteRow(query.Row(columns.Count));
            rows++;
            if (_buffer.WrittenCount >= FlushBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                bytes += Flush();
                progress?.Report(new TransferProgress(bytes, rows));
            }

            status = query.Step();
        }

        if (!status.IsSuccess)
        {
            throw new SqliteException(status, source.ErrorMessage);
        }

        bytes += Flush();
        progress?.Report(new TransferProgress(bytes, rows));
    }

    private SqliteStatement PrepareSelect()
    {
        var text = Encoding.UTF8.GetBytes($"SELECT * FROM main.{QuotedText.Name(table)}\0");
        var status = source.Prepare(text, persistent: false, out var statement, out _);
        return status.IsSuccess && statement is not null
            ? statement
            : throw new EngineException(EngineErrorKind.InvalidArgument,
                $"cannot export table {table}: {source.ErrorMessage}", "List the tables with PRAGMA table_list.");
    }

    private void WriteRow(SqliteRow row)
    {
        for (var index = 0; index < row.Count; index++)
        {
            Separate(index);
            switch (row.Type(index))
            {
                case SqliteValueType.Integer:
                    _ = row.Integer(index).TryFormat(
                        _buffer.GetSpan(24), out var length, provider: CultureInfo.InvariantCulture);
                    _buffer.Advance(length);
                    break;
                case SqliteValueType.Real:
                    _ = row.Real(index).TryFormat(_buffer.GetSpan(40), out length, "R", CultureInfo.InvariantCulture);
                    _buffer.Advance(length);
                    break;
                case SqliteValueType.Text:
                    WriteText(row.Text(index));
                    break;
                case SqliteValueType.Blob:
                    WriteBlob(row.Blob(index));
                    break;
                default:
                    break;
            }
        }

        _buffer.Write("\n"u8);
    }

    private void Separate(int index)
    {
        if (index > 0)
        {
            _buffer.Write(","u8);
        }
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty && !text.ContainsAny("\",\r\n"u8))
        {
            _buffer.Write(text);
            return;
        }

        QuotedText.Write(_buffer, text, (byte)'"');
    }

    private void WriteBlob(ReadOnlySpan<byte> bytes)
    {
        _ = Convert.TryToHexStringLower(bytes, _buffer.GetSpan(Math.Max(1, bytes.Length * 2)), out var length);
        _buffer.Advance(length);
    }

    private int Flush()
    {
        output.Write(_buffer.WrittenSpan);
        var count = _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
        return count;
    }
}

using Shoal.Engine;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Server.Http;
using Shoal.Sqlite.Statements;

namespace Shoal.Server.D1;

/// <summary>Writes the results of a request as the JSON reply, while it runs.</summary>
/// <remarks>Thread: as <see cref="IResultSink"/>. Column text goes from SQLite's memory to the reply in one copy.</remarks>
internal sealed class QueryReply(byte[] metaPrefix, long bytesMax, MemoryBudget budget) : IResultSink
{
    /// <summary>SQLITE_TOOBIG.</summary>
    private const int TooBig = 18;

    private readonly ColumnNames _names = new();
    private readonly List<ItemUsage> _usage = [];
    private ReplyFrame _frame;
    private ResultShape _shape;
    private bool _exactNumbers;
    private bool _anyRow;
    private bool _anyStatement;
    private StatementPosition _position;
    private StatementMeta _item;
    private long _itemStart;

    /// <summary>The reply; complete after <see cref="Finish"/>.</summary>
    public ResponseBuffer Buffer { get; } = new(budget);

    /// <summary>What each batch item cost.</summary>
    public IReadOnlyList<ItemUsage> Usage => _usage;

    /// <summary>Starts the reply to a request.</summary>
    public void Start(ReplyFrame frame, ResultShape shape, CompatibilityLevel compatibility)
    {
        _frame = frame;
        _shape = shape;
        _exactNumbers = compatibility == CompatibilityLevel.Relaxed;
        Reset();
    }

    public void Reset()
    {
        Buffer.Clear();
        _usage.Clear();
        _anyStatement = false;
        Buffer.Write(_frame == ReplyFrame.Binding ? "["u8 : """{"result":["""u8);
    }

    public void BeginStatement(StatementPosition position, SqliteColumns columns)
    {
        if (_frame == ReplyFrame.Binding && _anyStatement && position.Item == _position.Item)
        {
            // The statement before was not the last of its text: only that one's rows are a result.
            Buffer.Truncate(_itemStart);
        }
        else
        {
            BeginResult();
        }

        _anyStatement = true;
        _anyRow = false;
        _position = position;
        _names.Read(columns, _shape);
        if (_shape == ResultShape.Objects)
        {
            Buffer.Write("""{"results":["""u8);
            return;
        }

        Buffer.Write("""{"results":{"columns":["""u8);
        Buffer.Write(_names.List);
        Buffer.Write("""],"rows":["""u8);
    }

    public void Row(SqliteRow row)
    {
        if (_anyRow)
        {
            Buffer.WriteByte((byte)',');
        }

        _anyRow = true;
        if (_shape == ResultShape.Objects)
        {
            WriteObject(row);
        }
        else
        {
            WriteArray(row);
        }

        if (Buffer.Length > bytesMax)
        {
            throw new SqlException($"response too large: more than {bytesMax} bytes; select fewer rows or columns, or use "
                + "LIMIT", TooBig, TooBig, offsetBytes: -1, _position);
        }
    }

    public void EndStatement(in StatementMeta meta)
    {
        Buffer.Write(_shape == ResultShape.Objects ? "]"u8 : "]}"u8);
        Buffer.Write(""","success":true,"meta":"""u8);
        if (_frame == ReplyFrame.Binding)
        {
            _item = Together(_item, meta);
            WriteMeta(_item);
        }
        else
        {
            WriteMeta(meta);
        }

        Buffer.WriteByte((byte)'}');
        AddUsage(meta);
    }

    /// <summary>Completes the reply of a request that went well.</summary>
    public void Finish() =>
        Buffer.Write(_frame == ReplyFrame.Binding ? "]"u8 : """],"errors":[],"messages":[],"success":true}"""u8);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Buffer.Clear();
        _usage.Clear();
    }

    /// <summary>
    /// What statements of one text did: the rows of the last one alone are counted, the changes of all. Source: measured, see
    /// the tests in <c>tests/Compat/binding.test.mjs</c>.
    /// </summary>
    private static StatementMeta Together(in StatementMeta before, in StatementMeta last) => last with
    {
        Duration = before.Duration + last.Duration,
        Changes = before.Changes + last.Changes,
        ChangedDatabase = before.ChangedDatabase || last.ChangedDatabase,
    };

    private void BeginResult()
    {
        if (_anyStatement)
        {
            Buffer.WriteByte((byte)',');
        }

        _itemStart = Buffer.Length;
        _item = default;
    }

    private void WriteObject(SqliteRow row)
    {
        Buffer.WriteByte((byte)'{');
        var fields = _names.Fields;
        for (var index = 0; index < fields.Length; index++)
        {
            Buffer.Write(_names.Prefix(fields[index]));
            WriteValue(row, fields[index].Column);
        }

        Buffer.WriteByte((byte)'}');
    }

    private void WriteArray(SqliteRow row)
    {
        Buffer.WriteByte((byte)'[');
        for (var column = 0; column < row.Count; column++)
        {
            if (column > 0)
            {
                Buffer.WriteByte((byte)',');
            }

            WriteValue(row, column);
        }

        Buffer.WriteByte((byte)']');
    }

    private void WriteValue(SqliteRow row, int column)
    {
        switch (row.Type(column))
        {
            case SqliteValueType.Integer:
                JsonValue.WriteInteger(Buffer, row.Integer(column), _exactNumbers);
                break;
            case SqliteValueType.Real when _exactNumbers:
                JsonValue.WriteReal(Buffer, row.Real(column));
                break;
            case SqliteValueType.Real:
                JsonValue.WriteDouble(Buffer, row.Real(column));
                break;
            case SqliteValueType.Text:
                JsonValue.WriteString(Buffer, row.Text(column));
                break;
            case SqliteValueType.Blob:
                JsonValue.WriteBlob(Buffer, row.Blob(column));
                break;
            case SqliteValueType.Null:
            default:
                Buffer.Write("null"u8);
                break;
        }
    }

    private void WriteMeta(in StatementMeta meta)
    {
        var milliseconds = meta.Duration.TotalMilliseconds;
        Buffer.Write(metaPrefix);
        Buffer.Write("""
            "timings":{"sql_duration_ms":
            """u8);
        JsonValue.WriteDouble(Buffer, milliseconds);
        Buffer.Write("""},"duration":"""u8);
        JsonValue.WriteDouble(Buffer, milliseconds);
        WriteNumber(""","changes":"""u8, meta.Changes);
        WriteNumber(""","last_row_id":"""u8, meta.LastRowId);
        Buffer.Write(meta.ChangedDatabase ? ""","changed_db":true"""u8 : ""","changed_db":false"""u8);
        WriteNumber(""","size_after":"""u8, meta.SizeAfterBytes);
        WriteNumber(""","rows_read":"""u8, meta.RowsRead);
        WriteNumber(""","rows_written":"""u8, meta.RowsWritten);
        Buffer.Write(""","total_attempts":1}"""u8);
    }

    private void WriteNumber(ReadOnlySpan<byte> name, long value)
    {
        Buffer.Write(name);
        JsonValue.WriteInteger(Buffer, value, _exactNumbers);
    }

    private void AddUsage(in StatementMeta meta)
    {
        while (_usage.Count <= _position.Item)
        {
            _usage.Add(default);
        }

        _usage[_position.Item] = _usage[_position.Item].Plus(meta);
    }
}

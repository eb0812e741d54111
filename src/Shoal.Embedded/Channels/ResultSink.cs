using System.Text;
using Shoal.Client.D1;
using Shoal.Client.Rows;
using Shoal.Engine;
using Shoal.Engine.Requests;
using Shoal.Sqlite.Statements;
using ClientMeta = Shoal.Client.D1.StatementMeta;
using ClientResult = Shoal.Client.D1.StatementResult;

namespace Shoal.Embedded.Channels;

/// <summary>Copies what the engine returns out of SQLite's memory, for the client to read when the request is durable.</summary>
internal sealed class ResultSink(int bytesMax) : IResultSink
{
    private readonly List<ClientResult> _results = [];
    private string[] _columns = [];
    private StoredRows? _rows;
    private long _bytes;

    /// <summary>One per statement, in order.</summary>
    public ClientResult[] Results => [.. _results];

    public void Reset()
    {
        _results.Clear();
        _rows = null;
        _bytes = 0;
    }

    public void BeginStatement(StatementPosition position, SqliteColumns columns)
    {
        _rows = null;
        _columns = columns.Count == 0 ? [] : new string[columns.Count];
        for (var index = 0; index < _columns.Length; index++)
        {
            _columns[index] = Encoding.UTF8.GetString(columns.Name(index));
        }
    }

    public void Row(SqliteRow row)
    {
        _rows ??= new StoredRows();
        for (var column = 0; column < row.Count; column++)
        {
            switch (row.Type(column))
            {
                case SqliteValueType.Integer:
                    _rows.AddInteger(row.Integer(column));
                    break;
                case SqliteValueType.Real:
                    _rows.AddReal(row.Real(column));
                    break;
                case SqliteValueType.Text:
                    _rows.AddText(row.Text(column));
                    break;
                case SqliteValueType.Blob:
                    _rows.AddBlob(row.Blob(column));
                    break;
                case SqliteValueType.Null:
                default:
                    _rows.AddNull();
                    break;
            }
        }

        _rows.EndRow();
        if (_bytes + _rows.Bytes > bytesMax)
        {
            throw new EngineException(EngineErrorKind.LimitExceeded, $"the result is larger than {bytesMax} bytes",
                "Select fewer rows or columns, or use LIMIT.");
        }
    }

    public void EndStatement(in Engine.Requests.StatementMeta meta)
    {
        _bytes += _rows?.Bytes ?? 0;
        _results.Add(new ClientResult(_columns, _rows, new ClientMeta
        {
            Duration = meta.Duration,
            Changes = meta.Changes,
            LastRowId = meta.LastRowId,
            ChangedDatabase = meta.ChangedDatabase,
            SizeAfterBytes = meta.SizeAfterBytes,
            RowsRead = meta.RowsRead,
            RowsWritten = meta.RowsWritten,
        }));
    }
}

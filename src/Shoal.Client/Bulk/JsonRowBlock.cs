using Shoal.Client.Channels;
using Shoal.Client.Http;

namespace Shoal.Client.Bulk;

/// <summary>Rows as JSON, for a request's body.</summary>
/// <remarks>
/// Rows are parameters of their own, or JSON inside of JSON (for json_each) until a value comes that SQLite's JSON can not
/// carry: a blob, or a text with a NUL. From then on, and for what is there, they are parameters.
/// </remarks>
internal sealed class JsonRowBlock<T>(WriteSql<T> sql, bool asParameters, int valueBytesMax) : RowBlock<T>
{
    private readonly List<int> _ends = [];
    private readonly JsonBuffer _json = new(4 * 1024);
    private bool _isValues = asParameters;

    public override int BytesOf(int from, int to) => _ends[to - 1] - StartOf(from);

    public override void WriteTo(StatementBatch batch, int from, int to)
    {
        if (_isValues)
        {
            WriteValues((JsonBatch)batch, from, to);
        }
        else
        {
            WriteJson((JsonBatch)batch, from, to);
        }
    }

    public override void Recycle() => _json.Recycle();

    protected override void Truncate(int count)
    {
        _json.Truncate(StartOf(count));
        _ends.RemoveRange(count, _ends.Count - count);
    }

    protected override void Encode(T row)
    {
        var start = _json.Length;
        if (!_isValues && !TryWriteNested(row))
        {
            _json.Truncate(start);
            BecomeValues();
            return;
        }

        if (_isValues)
        {
            foreach (var column in sql.Columns)
            {
                _json.Value(column.Value(row));
                _json.Raw((byte)',');
            }
        }

        _ends.Add(_json.Length);
    }

    private int StartOf(int index) => index == 0 ? 0 : _ends[index - 1];

    /// <summary>The JSON of rows, with a comma after each.</summary>
    private ReadOnlySpan<byte> Json(int from, int to) => _json.Memory.Span[StartOf(from).._ends[to - 1]];

    private void WriteJson(JsonBatch batch, int from, int to)
    {
        while (from < to)
        {
            // A parameter is bounded like every value; the escaped form is never shorter than the text.
            var count = 1;
            while (from + count < to && BytesOf(from, from + count + 1) < valueBytesMax - 2)
            {
                count++;
            }

            var body = batch.Open(sql.Json);
            body.Raw(",\"params\":[\"["u8);
            body.Raw(Json(from, from + count)[..^1]);
            body.Raw("]\"]}"u8);
            from += count;
        }
    }

    private void WriteValues(JsonBatch batch, int from, int to)
    {
        while (from < to)
        {
            var count = Math.Min(sql.ValuesRowsMax, to - from);
            var body = batch.Open(sql.Values(count));
            body.Raw(",\"params\":["u8);
            body.Raw(Json(from, from + count)[..^1]);
            body.Raw("]}"u8);
            from += count;
        }
    }

    private bool TryWriteNested(T row)
    {
        _json.Raw((byte)'[');
        for (var index = 0; index < sql.Columns.Count; index++)
        {
            if (index > 0)
            {
                _json.Raw((byte)',');
            }

            var value = sql.Columns[index].Value(row);
            if (value.Kind == SqlValueKind.Blob || (value.Kind == SqlValueKind.Text && value.AsText.Contains('\0')))
            {
                return false;
            }

            _json.NestedValue(value);
        }

        _json.Raw("],"u8);
        return true;
    }

    private void BecomeValues()
    {
        _isValues = true;
        Truncate(0);
        foreach (var row in Rows)
        {
            Encode(row);
        }
    }
}

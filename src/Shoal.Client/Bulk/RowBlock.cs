using Shoal.Client.Http;

namespace Shoal.Client.Bulk;

/// <summary>Rows in the order of the input, with their JSON, from which any run of them can be sent.</summary>
/// <remarks>
/// Rows are parameters of their own, or JSON inside of JSON (for json_each) until a value comes that SQLite's JSON can not
/// carry: a blob, or a text with a NUL. From then on, and for what is there, they are parameters.
/// Thread: not safe.
/// </remarks>
internal sealed class RowBlock<T>(WriteSql<T> sql, bool asParameters)
{
    private readonly List<T> _rows = [];
    private readonly List<int> _ends = [];
    private readonly JsonBuffer _json = new(4 * 1024);

    public int Count => _rows.Count;

    public int Bytes => _json.Length;

    /// <summary>Whether rows are parameters of their own.</summary>
    public bool IsValues { get; private set; } = asParameters;

    public T this[int index] => _rows[index];

    /// <summary>Size of the largest row.</summary>
    public int BytesOf(int index) => _ends[index] - StartOf(index);

    /// <summary>The JSON of rows, with a comma after each.</summary>
    public ReadOnlySpan<byte> Json(int from, int to) => _json.Memory.Span[StartOf(from).._ends[to - 1]];

    /// <summary>Adds a row; none when a value of it can not be had.</summary>
    public void Add(T row)
    {
        _rows.Add(row);
        try
        {
            Write(row);
        }
        catch
        {
            _rows.RemoveAt(_rows.Count - 1);
            _json.Truncate(_rows.Count == 0 ? 0 : _ends[_rows.Count - 1]);
            throw;
        }
    }

    /// <summary>Takes the last row out again.</summary>
    public T RemoveLast()
    {
        var row = _rows[^1];
        _json.Truncate(StartOf(_rows.Count - 1));
        _rows.RemoveAt(_rows.Count - 1);
        _ends.RemoveAt(_ends.Count - 1);
        return row;
    }

    public void Clear()
    {
        _rows.Clear();
        _ends.Clear();
        _json.Truncate(0);
    }

    /// <summary>Gives its memory back; nobody may be sending from it.</summary>
    public void Recycle() => _json.Recycle();

    private int StartOf(int index) => index == 0 ? 0 : _ends[index - 1];

    private void Write(T row)
    {
        var start = _json.Length;
        if (!IsValues && !TryWriteNested(row))
        {
            _json.Truncate(start);
            BecomeValues();
            return;
        }

        if (IsValues)
        {
            foreach (var column in sql.Columns)
            {
                _json.Value(column.Value(row));
                _json.Raw((byte)',');
            }
        }

        _ends.Add(_json.Length);
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
        IsValues = true;
        _ends.Clear();
        _json.Truncate(0);
        foreach (var row in _rows)
        {
            Write(row);
        }
    }
}

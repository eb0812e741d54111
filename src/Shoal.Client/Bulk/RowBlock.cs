using Shoal.Client.Channels;

namespace Shoal.Client.Bulk;

/// <summary>Rows in the order of the input, with their values as the channel sends them; any run of them can be sent.</summary>
/// <remarks>Thread: not safe.</remarks>
internal abstract class RowBlock<T>
{
    private readonly List<T> _rows = [];

    public int Count => _rows.Count;

    /// <summary>Size of all rows.</summary>
    public int Bytes => Count == 0 ? 0 : BytesOf(0, Count);

    public T this[int index] => _rows[index];

    protected IReadOnlyList<T> Rows => _rows;

    /// <summary>Size of rows, roughly that of the request that sends them.</summary>
    public abstract int BytesOf(int from, int to);

    /// <summary>Adds statements that write rows; what they refer to stays with the block until it is cleared.</summary>
    public abstract void WriteTo(StatementBatch batch, int from, int to);

    /// <summary>Adds a row; none when a value of it can not be had.</summary>
    public void Add(T row)
    {
        _rows.Add(row);
        try
        {
            Encode(row);
        }
        catch
        {
            RemoveLast();
            throw;
        }
    }

    /// <summary>Takes the last row out again.</summary>
    public void RemoveLast()
    {
        _rows.RemoveAt(_rows.Count - 1);
        Truncate(_rows.Count);
    }

    public void Clear()
    {
        _rows.Clear();
        Truncate(0);
    }

    /// <summary>Gives its memory back; nobody may be sending from it.</summary>
    public abstract void Recycle();

    /// <summary>Takes the values of the row that was just added.</summary>
    protected abstract void Encode(T row);

    /// <summary>Keeps the values of the first rows only.</summary>
    protected abstract void Truncate(int count);
}

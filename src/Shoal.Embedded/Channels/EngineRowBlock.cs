using System.Text;
using Shoal.Client.Bulk;
using Shoal.Client.Channels;
using Shoal.Engine.Requests;

namespace Shoal.Embedded.Channels;

/// <summary>Rows of a bulk write as values that are ready to be bound: texts are UTF-8 already, in a few large arrays.</summary>
/// <remarks>Cost: nothing is allocated per row once its arrays have grown to the size of a batch.</remarks>
internal sealed class EngineRowBlock<T>(WriteSql<T> sql) : RowBlock<T>
{
    /// <summary>Texts that may be larger get an array of their own.</summary>
    private const int ChunkedTextBytesMax = 16 * 1024;

    private const int FirstChunkBytes = 4 * 1024;
    private const int ChunkBytesMax = 64 * 1024;

    /// <summary>What a value counts besides its bytes, as in a request's body.</summary>
    private const int ValueBytes = 9;

    private readonly List<byte[]> _chunks = [];
    private readonly List<Mark> _marks = [];
    private SqlValue[] _values = new SqlValue[16];
    private Mark _end;

    /// <summary>Where the values after some rows begin.</summary>
    private readonly record struct Mark(int Values, int Bytes, int Chunk, int ChunkUsed);

    public override int BytesOf(int from, int to) => _marks[to - 1].Bytes - StartOf(from).Bytes;

    public override void WriteTo(StatementBatch batch, int from, int to)
    {
        while (from < to)
        {
            var count = Math.Min(sql.ValuesRowsMax, to - from);
            var start = StartOf(from).Values;
            ((EngineBatch)batch).Add(sql.Values(count), _values.AsMemory(start, _marks[from + count - 1].Values - start),
                BytesOf(from, from + count));
            from += count;
        }
    }

    public override void Recycle()
    {
        _chunks.Clear();
        _values = [];
    }

    protected override void Encode(T row)
    {
        foreach (var column in sql.Columns)
        {
            Add(column.Value(row));
        }

        _marks.Add(_end);
    }

    protected override void Truncate(int count)
    {
        _end = StartOf(count);
        _marks.RemoveRange(count, _marks.Count - count);
    }

    private Mark StartOf(int index) => index == 0 ? default : _marks[index - 1];

    private void Add(Client.SqlValue value)
    {
        if (_end.Values == _values.Length)
        {
            Array.Resize(ref _values, Math.Max(16, _values.Length * 2));
        }

        ref var place = ref _values[_end.Values];
        switch (value.Kind)
        {
            case Client.SqlValueKind.Integer:
                place = SqlValue.Integer(value.AsInteger);
                break;
            case Client.SqlValueKind.Real:
                place = SqlValue.Real(value.AsReal);
                break;
            case Client.SqlValueKind.Text:
                place = SqlValue.Text(Utf8(value.AsText));
                break;
            case Client.SqlValueKind.Blob:
                place = SqlValue.Blob(value.AsBlob);
                break;
            case Client.SqlValueKind.Null:
            default:
                place = SqlValue.Null;
                break;
        }

        _end = _end with { Values = _end.Values + 1, Bytes = _end.Bytes + ValueBytes + place.AsBytes.Length };
    }

    private ReadOnlyMemory<byte> Utf8(string text)
    {
        var bytesMax = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (bytesMax > ChunkedTextBytesMax)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        while (_end.Chunk < _chunks.Count && _chunks[_end.Chunk].Length - _end.ChunkUsed < bytesMax)
        {
            _end = _end with { Chunk = _end.Chunk + 1, ChunkUsed = 0 };
        }

        if (_end.Chunk == _chunks.Count)
        {
            // Small at first: a writer may fill blocks for thousands of databases at once.
            var size = Math.Min(ChunkBytesMax, FirstChunkBytes << Math.Min(_chunks.Count, 8));
            _chunks.Add(new byte[Math.Max(size, bytesMax)]);
        }

        var length = Encoding.UTF8.GetBytes(text, _chunks[_end.Chunk].AsSpan(_end.ChunkUsed));
        var memory = _chunks[_end.Chunk].AsMemory(_end.ChunkUsed, length);
        _end = _end with { ChunkUsed = _end.ChunkUsed + length };
        return memory;
    }
}

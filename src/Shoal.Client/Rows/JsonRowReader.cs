using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Shoal.Client.Rows;

/// <summary>Walks over rows that are an array of arrays in JSON, or some of them without the array around.</summary>
internal sealed class JsonRowReader : RowReader
{
    private readonly ReadOnlyMemory<byte> _json;
    private Cell[] _cells;
    private JsonReaderState _state = new(new JsonReaderOptions { AllowMultipleValues = true });
    private int _consumed;

    /// <param name="json">The rows; empty for none.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="isArray">Whether they stand in an array; otherwise they follow each other.</param>
    public JsonRowReader(ReadOnlyMemory<byte> json, IReadOnlyList<string> columns, bool isArray = true)
        : base(columns)
    {
        _json = json;
        _cells = new Cell[Math.Max(columns.Count, 1)];
        if (isArray && !json.IsEmpty)
        {
            var reader = Reader();
            reader.Read();
            Keep(reader);
        }
    }

    internal override bool MoveNext()
    {
        if (_consumed >= _json.Length)
        {
            return false;
        }

        var reader = Reader();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            _consumed = _json.Length;
            Count = 0;
            return false;
        }

        Count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                var token = reader.TokenType;
                reader.Skip();
                Add(new Cell(token, _consumed + start, (int)reader.BytesConsumed - start, IsEscaped: false));
            }
            else
            {
                var quote = reader.TokenType == JsonTokenType.String ? 1 : 0;
                Add(new Cell(reader.TokenType, _consumed + start + quote, reader.ValueSpan.Length, reader.ValueIsEscaped));
            }
        }

        Keep(reader);
        return true;
    }

    internal override SqlValueKind KindOf(int column)
    {
        var cell = At(column);
        return cell.Token switch
        {
            JsonTokenType.Null => SqlValueKind.Null,
            JsonTokenType.Number => IsInteger(cell) ? SqlValueKind.Integer : SqlValueKind.Real,
            JsonTokenType.StartArray => SqlValueKind.Blob,
            _ => SqlValueKind.Text,
        };
    }

    public override string GetString(int column)
    {
        var cell = At(column);
        return cell.Token switch
        {
            JsonTokenType.String when cell.IsEscaped => Unescaped(cell),
            JsonTokenType.String or JsonTokenType.Number => Encoding.UTF8.GetString(Bytes(cell)),
            _ => throw Wrong(column, "a text"),
        };
    }

    private protected override long Integer(int column) =>
        Utf8Parser.TryParse(Bytes(At(column)), out long value, out _) ? value : throw Wrong(column, "an integer");

    private protected override double Real(int column) =>
        Utf8Parser.TryParse(Bytes(At(column)), out double value, out _) ? value : throw Wrong(column, "a number");

    private protected override byte[] Blob(int column)
    {
        var cell = At(column);
        var bytes = new List<byte>(cell.Length / 3);
        var reader = new Utf8JsonReader(Bytes(cell));
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            bytes.Add(reader.GetByte());
        }

        return [.. bytes];
    }

    private Utf8JsonReader Reader() => new(_json.Span[_consumed..], isFinalBlock: true, _state);

    private void Keep(in Utf8JsonReader reader)
    {
        _consumed += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    private void Add(in Cell cell)
    {
        if (Count == _cells.Length)
        {
            Array.Resize(ref _cells, Count * 2);
        }

        _cells[Count++] = cell;
    }

    private Cell At(int column) => (uint)column < (uint)Count ? _cells[column] : throw NoColumn(column);

    private ReadOnlySpan<byte> Bytes(in Cell cell) => _json.Span.Slice(cell.Start, cell.Length);

    /// <summary>More digits than 64 bits hold are a real too.</summary>
    private bool IsInteger(in Cell cell)
    {
        var bytes = Bytes(cell);
        return Utf8Parser.TryParse(bytes, out long _, out var used) && used == bytes.Length;
    }

    private string Unescaped(in Cell cell)
    {
        var reader = new Utf8JsonReader(_json.Span.Slice(cell.Start - 1, cell.Length + 2));
        reader.Read();
        return reader.GetString()!;
    }
}

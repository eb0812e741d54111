using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using Shoal.Engine;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.D1;

/// <summary>Reads the body of a query request into statements and values, without intermediate strings.</summary>
/// <remarks>
/// Strings that contain escapes, and arrays of bytes, are decoded in place: what they decode to is never longer than how it
/// was written, and the JSON reader has passed them. So the statements borrow the body's memory until the request is over.
/// </remarks>
internal sealed class QueryBody(EngineLimits limits, MemoryBudget budget)
{
    /// <summary>Values that need no permission and whose memory is kept from request to request.</summary>
    private const int KeptValues = 1024;
    private const int KeptItems = 256;

    private readonly List<SqlBatchItem> _items = [];
    private readonly List<Draft> _drafts = [];
    private SqlValue[] _values = new SqlValue[8];
    private long _taken;
    private int _valueCount;
    private Memory<byte> _body;
    private bool _integers;
    private ReplyFrame _frame;

    /// <summary>The statements of the last <see cref="Parse"/>.</summary>
    public IReadOnlyList<SqlBatchItem> Items => _items;

    /// <summary>Reads a body. It must stay as it is then until the statements have run.</summary>
    /// <exception cref="RequestException">The body is not what D1 takes; the message says what and where.</exception>
    /// <param name="body">The body.</param>
    /// <param name="compatibility">Which numbers are integers.</param>
    /// <param name="frame">
    /// From where it came: the REST API sends an object with <c>sql</c> or <c>batch</c>, a binding a statement or an array of
    /// them.
    /// </param>
    public void Parse(Memory<byte> body, CompatibilityLevel compatibility, ReplyFrame frame = ReplyFrame.Envelope)
    {
        Clear();
        _body = body;
        _frame = frame;
        _integers = compatibility == CompatibilityLevel.Relaxed;
        if (body.IsEmpty)
        {
            throw RequestException.Malformed("the body is empty; send {\"sql\": \"…\", \"params\": […]}");
        }

        if (!Utf8.IsValid(body.Span))
        {
            throw RequestException.Malformed("the body is not valid UTF-8");
        }

        try
        {
            ParseRoot();
        }
        catch (JsonException error)
        {
            throw RequestException.Malformed(
                $"the body is not valid JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1})");
        }

        foreach (var draft in _drafts)
        {
            _items.Add(new SqlBatchItem(draft.Sql, _values.AsMemory(draft.FirstValue, draft.ValueCount)));
        }
    }

    /// <summary>Lets go of the body's memory.</summary>
    public void Clear()
    {
        _items.Clear();
        _drafts.Clear();
        if (_values.Length > KeptValues)
        {
            _values = new SqlValue[KeptValues];
            budget.Return(_taken);
            _taken = 0;
        }

        if (_items.Capacity > KeptItems || _drafts.Capacity > KeptItems)
        {
            _items.Capacity = KeptItems;
            _drafts.Capacity = KeptItems;
        }

        Array.Clear(_values, 0, Math.Min(_valueCount, _values.Length));
        _valueCount = 0;
        _body = default;
    }

    private void ParseRoot()
    {
        var reader = new Utf8JsonReader(_body.Span);
        reader.Read();
        if (_frame == ReplyFrame.Binding && reader.TokenType == JsonTokenType.StartArray)
        {
            ReadItems(ref reader);
            reader.Read();
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw RequestException.Malformed(
                $"the body must be an object with \"sql\" or \"batch\"; it is {Describe(reader.TokenType)}");
        }

        var hasBatch = false;
        var single = default(Draft);
        while (ReadName(ref reader))
        {
            if (_frame == ReplyFrame.Envelope && IsName(ref reader, "batch"u8))
            {
                reader.Read();
                hasBatch = ReadBatch(ref reader);
            }
            else
            {
                ReadMember(ref reader, ref single, item: -1);
            }
        }

        // Anything after the object is an error that only one more step reveals.
        reader.Read();
        if (hasBatch == single.HasSql)
        {
            throw RequestException.Malformed(hasBatch
                ? "give either \"sql\" or \"batch\", not both"
                : "\"sql\" is missing; send {\"sql\": \"…\", \"params\": […]} or {\"batch\": [{\"sql\": \"…\"}]}");
        }

        if (single.HasSql)
        {
            _drafts.Add(single);
        }
    }

    private bool ReadBatch(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw RequestException.Malformed(
                $"\"batch\" must be an array of statements; it is {Describe(reader.TokenType)}");
        }

        ReadItems(ref reader);
        return true;
    }

    private void ReadItems(ref Utf8JsonReader reader)
    {
        _drafts.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (_drafts.Count == limits.StatementsPerRequestMax)
            {
                throw RequestException.Malformed(
                    $"\"batch\" holds more than {_drafts.Count} statements; send them in several requests, or use import");
            }

            ReadItem(ref reader, _drafts.Count);
        }
    }

    private void ReadItem(ref Utf8JsonReader reader, int item)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw RequestException.Malformed(
                $"batch[{item}] must be an object with \"sql\"; it is {Describe(reader.TokenType)}");
        }

        var draft = default(Draft);
        while (ReadName(ref reader))
        {
            ReadMember(ref reader, ref draft, item);
        }

        if (!draft.HasSql)
        {
            throw RequestException.Malformed($"batch[{item}].sql is missing");
        }

        _drafts.Add(draft);
    }

    /// <summary>Steps to the next member of an object; false at its end.</summary>
    private static bool ReadName(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private static bool IsName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan.SequenceEqual(name);
        }

        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate: no text at all, so no name of ours.
            return false;
        }
    }

    private void ReadMember(ref Utf8JsonReader reader, ref Draft draft, int item)
    {
        if (IsName(ref reader, "sql"u8))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw RequestException.Malformed($"{Where(item)}sql must be a string; it is {Describe(reader.TokenType)}");
            }

            draft.Sql = TakeString(ref reader);
            draft.HasSql = true;
        }
        else if (IsName(ref reader, "params"u8))
        {
            reader.Read();
            ReadParameters(ref reader, ref draft, item);
        }
        else
        {
            reader.Skip();
        }
    }

    private void ReadParameters(ref Utf8JsonReader reader, ref Draft draft, int item)
    {
        draft.FirstValue = _valueCount;
        draft.ValueCount = 0;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw RequestException.Malformed(
                $"{Where(item)}params must be an array; it is {Describe(reader.TokenType)}");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (draft.ValueCount == limits.RelaxedSql.ParametersMax)
            {
                throw RequestException.Malformed($"{Where(item)}params holds more than {draft.ValueCount} values");
            }

            if (_valueCount == _values.Length)
            {
                Grow();
            }

            _values[_valueCount++] = ReadValue(ref reader, item, draft.ValueCount++);
        }
    }

    /// <summary>A value takes more memory than its shortest JSON, so many of them need permission.</summary>
    private void Grow()
    {
        var length = _values.Length * 2;
        if (length > KeptValues)
        {
            var bytes = ((long)length * Unsafe.SizeOf<SqlValue>()) - _taken;
            if (!budget.TryTake(bytes))
            {
                throw new RequestException(RequestErrorKind.Overloaded, "D1 DB is overloaded. Requests queued for too long.");
            }

            _taken += bytes;
        }

        Array.Resize(ref _values, length);
    }

    private SqlValue ReadValue(ref Utf8JsonReader reader, int item, int parameter)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return SqlValue.Null;
            case JsonTokenType.True when _frame == ReplyFrame.Envelope:
                return Boolean(1);
            case JsonTokenType.False when _frame == ReplyFrame.Envelope:
                return Boolean(0);
            case JsonTokenType.String:
                return SqlValue.Text(TakeString(ref reader));
            case JsonTokenType.Number:
                return Number(ref reader);
            case JsonTokenType.StartArray:
                return SqlValue.Blob(TakeBlob(ref reader, item, parameter));
            default:
                throw RequestException.Malformed($"{Where(item)}params[{parameter}] must be null, a number, a string, a "
                    + $"boolean or an array of byte values; it is {Describe(reader.TokenType)}");
        }
    }

    /// <summary>D1's clients send 1 and 0 for booleans, so they bind like those.</summary>
    private SqlValue Boolean(int value) => _integers ? SqlValue.Integer(value) : SqlValue.Real(value);

    private SqlValue Number(ref Utf8JsonReader reader) =>
        _integers && reader.TryGetInt64(out var integer) ? SqlValue.Integer(integer) : SqlValue.Real(reader.GetDouble());

    /// <summary>The current string, decoded.</summary>
    private ReadOnlyMemory<byte> TakeString(ref Utf8JsonReader reader)
    {
        var text = _body.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        return reader.ValueIsEscaped ? text[..JsonEscapes.DecodeInPlace(text.Span)] : text;
    }

    /// <summary>The current array of numbers as bytes, each number truncated to 8 bits.</summary>
    private ReadOnlyMemory<byte> TakeBlob(ref Utf8JsonReader reader, int item, int parameter)
    {
        var start = (int)reader.TokenStartIndex;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number)
            {
                throw RequestException.Malformed($"{Where(item)}params[{parameter}][{count}] must be a number, because an "
                    + $"array is bound as bytes; it is {Describe(reader.TokenType)}");
            }

            _body.Span[start + count] = ToByte(ref reader);
            count++;
        }

        return _body.Slice(start, count);
    }

    /// <summary>What JavaScript's Uint8Array stores for a number: the integer part modulo 256.</summary>
    private static byte ToByte(ref Utf8JsonReader reader)
    {
        if (reader.TryGetByte(out var value))
        {
            return value;
        }

        var number = Math.Truncate(reader.GetDouble());
        return double.IsFinite(number) ? (byte)(((int)(number % 256) + 256) & 0xFF) : (byte)0;
    }

    private static string Where(int item) => item < 0 ? "" : $"batch[{item}].";

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "something else",
    };

    /// <summary>A statement while the array of values may still move.</summary>
    private struct Draft
    {
        public ReadOnlyMemory<byte> Sql;
        public bool HasSql;
        public int FirstValue;
        public int ValueCount;
    }
}

namespace Shoal.Engine.Transfer;

/// <summary>Splits CSV text into records of fields without making strings of them.</summary>
/// <remarks>
/// Source: RFC 4180; a field may be quoted, quotes inside it are doubled, lines end in LF or CRLF. Shape: fields are
/// spans valid until the next record. Cost: one buffer that holds the longest record.
/// </remarks>
internal sealed class CsvReader
{
    private const int BufferBytes = 128 * 1024;
    private const int RecordBytesMax = 16 * 1024 * 1024;

    private readonly Stream _input;
    private readonly byte _delimiter;
    private Field[] _fields = new Field[16];
    private int _fieldCount;
    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _inputEnded;

    public CsvReader(Stream input, char delimiter)
    {
        if (delimiter is '"' or '\n' or '\r' || !char.IsAscii(delimiter))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument,
                "the CSV delimiter must be one ASCII character, not a quote or a line end",
                "Use , ; | or a tab.");
        }

        _input = input;
        _delimiter = (byte)delimiter;
    }

    /// <summary>Number of the current record, from 1; the header is the first.</summary>
    public long RecordNumber { get; private set; }

    /// <summary>Fields of the current record.</summary>
    public int FieldCount => _fieldCount;

    /// <summary>Bytes consumed so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The bytes of a field, quotes resolved.</summary>
    public ReadOnlySpan<byte> this[int index] => _buffer.AsSpan(_fields[index].Start, _fields[index].Length);

    /// <summary>Whether the field was written in quotes; then an empty one means empty text, not "nothing".</summary>
    public bool IsQuoted(int index) => _fields[index].Quoted;

    /// <summary>Moves to the next record; false at the end. Empty lines are passed over.</summary>
    /// <exception cref="EngineException">A quote is not closed, or a record is too long.</exception>
    public bool Read()
    {
        while (true)
        {
            var length = FindRecordEnd();
            if (length == 0)
            {
                return false;
            }

            var recordStart = _start;
            _start += length;
            BytesRead += length;
            var record = _buffer.AsSpan(recordStart, length).TrimEnd("\r\n"u8);
            if (BytesRead == length && record.StartsWith("\uFEFF"u8))
            {
                record = record[3..];
                recordStart += 3;
            }

            if (!record.IsEmpty)
            {
                RecordNumber++;
                Split(recordStart, record.Length);
                return true;
            }
        }
    }

    /// <summary>Length of the record at the start, its line end included; more input is read as needed.</summary>
    private int FindRecordEnd()
    {
        var scanned = 0;
        while (true)
        {
            // Nearly every record is one line without a quote: two vectorized searches find its end.
            var line = _buffer.AsSpan(_start + scanned, _end - _start - scanned);
            var end = line.IndexOf((byte)'\n');
            if ((end < 0 ? line : line[..end]).Contains((byte)'"'))
            {
                return FindQuotedRecordEnd();
            }

            if (end >= 0)
            {
                return scanned + end + 1;
            }

            scanned += line.Length;
            if (_inputEnded)
            {
                return scanned;
            }

            Fill();
        }
    }

    /// <summary>As <see cref="FindRecordEnd"/>, for a record that holds a quote: a line end inside quotes is text.</summary>
    private int FindQuotedRecordEnd()
    {
        var scanned = 0;
        var quoted = false;
        while (true)
        {
            for (var index = _start + scanned; index < _end; index++)
            {
                if (_buffer[index] == (byte)'"')
                {
                    quoted = !quoted;
                }
                else if (_buffer[index] == (byte)'\n' && !quoted)
                {
                    return index + 1 - _start;
                }
            }

            scanned = _end - _start;
            if (_inputEnded)
            {
                return !quoted
                    ? scanned
                    : throw new EngineException(EngineErrorKind.InvalidArgument,
                        $"CSV record {RecordNumber + 1} has a quote that is never closed",
                        "Double every quote inside a quoted field.");
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            Array.Copy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= RecordBytesMax)
            {
                throw new EngineException(EngineErrorKind.InvalidArgument,
                    $"CSV record {RecordNumber + 1} is longer than {RecordBytesMax} bytes",
                    "Look for a quote that is not closed.");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = _input.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        _inputEnded = count == 0;
    }

    private void Split(int start, int length)
    {
        _fieldCount = 0;
        var end = start + length;
        var position = start;
        while (true)
        {
            if (position < end && _buffer[position] == (byte)'"')
            {
                position = Unquote(position, end);
            }
            else
            {
                var rest = _buffer.AsSpan(position, end - position);
                var next = rest.IndexOf(_delimiter);
                var fieldLength = next < 0 ? rest.Length : next;
                Add(new Field(position, fieldLength, Quoted: false));
                position += fieldLength;
            }

            if (position >= end)
            {
                return;
            }

            position++;
        }
    }

    /// <summary>Resolves doubled quotes in place; gives the index of the delimiter behind the field, or the end.</summary>
    private int Unquote(int open, int end)
    {
        var write = open + 1;
        var read = open + 1;
        while (read < end)
        {
            if (_buffer[read] != (byte)'"')
            {
                _buffer[write++] = _buffer[read++];
            }
            else if (read + 1 < end && _buffer[read + 1] == (byte)'"')
            {
                _buffer[write++] = (byte)'"';
                read += 2;
            }
            else
            {
                read++;
                break;
            }
        }

        if (read < end && _buffer[read] != _delimiter)
        {
            throw new EngineException(EngineErrorKind.InvalidArgument,
                $"CSV record {RecordNumber} has text behind a closing quote", "Double every quote inside a quoted field.");
        }

        Add(new Field(open + 1, write - open - 1, Quoted: true));
        return read;
    }

    private void Add(Field field)
    {
        if (_fieldCount == _fields.Length)
        {
            Array.Resize(ref _fields, _fieldCount * 2);
        }

        _fields[_fieldCount++] = field;
    }

    private readonly record struct Field(int Start, int Length, bool Quoted);
}

using System.Text;

namespace Shoal.Protocol.Csv;

/// <summary>Splits CSV text into records of fields without making strings of them.</summary>
/// <remarks>
/// Source: RFC 4180; a field may be quoted, quotes inside it are doubled, lines end in LF or CRLF. A quote that is not a field's first
/// character is text, as in SQLite's shell. Shape: fields are spans valid until the next record. Cost: one buffer that holds the
/// longest record.
/// </remarks>
public sealed class CsvReader
{
    private const int BufferBytes = 128 * 1024;
    private const int RecordBytesMax = 16 * 1024 * 1024;
    private const int NotClosed = -2;

    private readonly Stream _input;
    private readonly byte _delimiter;
    private Field[] _fields = new Field[16];
    private int _fieldCount;
    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _inputEnded;

    /// <summary>Bytes of the record at the start that hold no end of it, and whether they end inside quotes.</summary>
    private int _scanned;
    private bool _isQuoted;

    /// <summary>Where in the record the last quote is that closed a field; another one right behind it opens it again.</summary>
    private int _closed = NotClosed;

    /// <summary>A reader at the beginning of a text.</summary>
    /// <param name="input">UTF-8, with or without a byte order mark; it stays open.</param>
    /// <param name="delimiter">Between fields: one ASCII character, neither a quote nor a line end.</param>
    /// <exception cref="CsvException">Another delimiter.</exception>
    public CsvReader(Stream input, char delimiter)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (delimiter is '"' or '\n' or '\r' || !char.IsAscii(delimiter))
        {
            throw new CsvException("the CSV delimiter must be one ASCII character, not a quote or a line end",
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
    /// <exception cref="CsvException">A quote is not closed, or a record is too long.</exception>
    public bool Read()
    {
        bool? found;
        while ((found = Next()) is null)
        {
            Filled(_input.Read(Room().Span));
        }

        return found.Value;
    }

    /// <summary>As <see cref="Read"/>, without holding a thread while the input is waited for.</summary>
    /// <exception cref="CsvException">A quote is not closed, or a record is too long.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation = default)
    {
        bool? found;
        while ((found = Next()) is null)
        {
            Filled(await _input.ReadAsync(Room(), cancellation).ConfigureAwait(false));
        }

        return found.Value;
    }

    /// <summary>The current record as names of columns, once <see cref="Read"/> has moved to the first.</summary>
    /// <exception cref="CsvException">There is no record, or a name is empty or repeats another.</exception>
    public string[] Header()
    {
        if (RecordNumber == 0)
        {
            throw new CsvException("the CSV file is empty", "Its first line must name the columns.");
        }

        var columns = new string[_fieldCount];
        for (var index = 0; index < columns.Length; index++)
        {
            columns[index] = Encoding.UTF8.GetString(this[index]).Trim();
            if (columns[index].Length == 0 || columns.AsSpan(0, index).Contains(columns[index], StringComparer.OrdinalIgnoreCase))
            {
                throw new CsvException($"column {index + 1} of the CSV header is empty or repeats another: '{columns[index]}'",
                    "Name every column once in the first line.");
            }
        }

        return columns;
    }

    /// <summary>Checks that the current record has as many fields as the header has columns.</summary>
    /// <exception cref="CsvException">It has not.</exception>
    public void ExpectFields(int count)
    {
        if (_fieldCount != count)
        {
            throw new CsvException($"CSV record {RecordNumber} has {_fieldCount} fields; the header has {count}",
                "Check the delimiter and the quotes of that line.");
        }
    }

    /// <summary>Moves to the next record of what was read; false at the end of the input, null when more must be read.</summary>
    private bool? Next()
    {
        while (FindRecordEnd() is { } length)
        {
            if (length == 0)
            {
                return false;
            }

            var recordStart = _start;
            _start += length;
            _scanned = 0;
            _isQuoted = false;
            _closed = NotClosed;
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

        return null;
    }

    /// <summary>Length of the record at the start, its line end included, 0 at the end; null when more must be read.</summary>
    private int? FindRecordEnd()
    {
        // Nearly every record is one line without a quote: two vectorized searches find its end.
        var line = _buffer.AsSpan(_start + _scanned, _end - _start - _scanned);
        var end = line.IndexOf((byte)'\n');
        if (_isQuoted || (end < 0 ? line : line[..end]).Contains((byte)'"'))
        {
            return FindQuotedRecordEnd();
        }

        if (end >= 0)
        {
            return _scanned + end + 1;
        }

        _scanned += line.Length;
        return _inputEnded ? _scanned : null;
    }

    /// <summary>As <see cref="FindRecordEnd"/>, for a record that holds a quote: a line end inside quotes is text.</summary>
    private int? FindQuotedRecordEnd()
    {
        for (var index = _start + _scanned; index < _end; index++)
        {
            if (_buffer[index] == (byte)'"')
            {
                if (_isQuoted)
                {
                    _closed = index - _start;
                }

                _isQuoted = !_isQuoted && (index - _start == _closed + 1 || IsFieldStart(index));
            }
            else if (_buffer[index] == (byte)'\n' && !_isQuoted)
            {
                return index + 1 - _start;
            }
        }

        _scanned = _end - _start;
        if (_inputEnded && _isQuoted)
        {
            throw new CsvException($"CSV record {RecordNumber + 1} has a quote that is never closed",
                "Double every quote inside a quoted field.");
        }

        return _inputEnded ? _scanned : null;
    }

    private bool IsFieldStart(int index) => index == _start || _buffer[index - 1] == _delimiter
        || (BytesRead == 0 && _buffer.AsSpan(_start, index - _start).SequenceEqual("\uFEFF"u8));

    /// <summary>Free space behind what was read; what was consumed makes room, and a long record a larger buffer.</summary>
    private Memory<byte> Room()
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
                throw new CsvException($"CSV record {RecordNumber + 1} is longer than {RecordBytesMax} bytes",
                    "Look for a quote that is not closed.");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        return _buffer.AsMemory(_end);
    }

    private void Filled(int count)
    {
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
            throw new CsvException($"CSV record {RecordNumber} has text behind a closing quote",
                "Double every quote inside a quoted field.");
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

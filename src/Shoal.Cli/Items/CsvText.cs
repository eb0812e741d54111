using System.Text;

namespace Shoal.Cli.Items;

/// <summary>Records of CSV, as RFC 4180 has them; a line may also end in a line feed alone.</summary>
/// <remarks>It looks a character ahead by itself: a reader of a pipe cannot always tell its next character from its end.</remarks>
internal sealed class CsvText
{
    private readonly TextReader _reader;
    private int _next;
    private int _line = 1;

    private CsvText(TextReader reader)
    {
        _reader = reader;
        _next = reader.Read();
    }

    /// <summary>Records with the number of the line that each starts on, from 1.</summary>
    /// <exception cref="CliException">A quote is not closed.</exception>
    public static IEnumerable<(int Line, List<string> Fields)> Read(TextReader reader)
    {
        var text = new CsvText(reader);
        while (text._next >= 0)
        {
            var start = text._line;
            var fields = text.ReadRecord();
            if (fields.Count > 1 || fields[0].Length > 0)
            {
                yield return (start, fields);
            }
        }
    }

    /// <summary>A field, in quotes where it must be.</summary>
    public static string Escape(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private List<string> ReadRecord()
    {
        var fields = new List<string> { ReadField() };
        while (_next == ',')
        {
            Take();
            fields.Add(ReadField());
        }

        if (_next == '\r')
        {
            Take();
        }

        if (_next >= 0 && Take() != '\n')
        {
            throw new CliException($"a field of line {_line} goes on after its quotes", "put the whole field in quotes");
        }

        _line++;
        return fields;
    }

    private string ReadField()
    {
        var field = new StringBuilder();
        if (_next == '"')
        {
            return ReadQuoted(field);
        }

        while (_next is >= 0 and not (',' or '\n' or '\r'))
        {
            field.Append(Take());
        }

        return field.ToString();
    }

    private string ReadQuoted(StringBuilder field)
    {
        var start = _line;
        Take();
        while (true)
        {
            if (_next < 0)
            {
                throw new CliException($"the quote in the record of line {start} is not closed",
                    "a quote inside of quotes is written twice");
            }

            var character = Take();
            if (character == '"' && _next != '"')
            {
                return field.ToString();
            }

            if (character == '"')
            {
                Take();
            }

            _line += character == '\n' ? 1 : 0;
            field.Append(character);
        }
    }

    private char Take()
    {
        var character = (char)_next;
        _next = _reader.Read();
        return character;
    }
}

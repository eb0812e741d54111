using System.Text;

namespace Shoal.Cli.Items;

/// <summary>Records of CSV, as RFC 4180 has them; a line may also end in a line feed alone.</summary>
internal static class CsvText
{
    /// <summary>Records with the number of the line that each starts on, from 1.</summary>
    /// <exception cref="CliException">A quote is not closed.</exception>
    public static IEnumerable<(int Line, List<string> Fields)> Read(TextReader reader)
    {
        var line = 1;
        while (reader.Peek() >= 0)
        {
            var start = line;
            var fields = new List<string>();
            do
            {
                fields.Add(ReadField(reader, ref line, start));
            }
            while (reader.Peek() == ',' && reader.Read() >= 0);
            EndLine(reader, ref line);
            if (fields.Count > 1 || fields[0].Length > 0)
            {
                yield return (start, fields);
            }
        }
    }

    /// <summary>A field, in quotes where it must be.</summary>
    public static string Escape(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string ReadField(TextReader reader, ref int line, int start)
    {
        var field = new StringBuilder();
        if (reader.Peek() != '"')
        {
            while (reader.Peek() is >= 0 and not (',' or '\n' or '\r'))
            {
                field.Append((char)reader.Read());
            }

            return field.ToString();
        }

        _ = reader.Read();
        while (true)
        {
            switch (reader.Read())
            {
                case < 0:
                    throw new CliException($"the quote in the record of line {start} is not closed",
                        "a quote inside of quotes is written twice");
                case '"' when reader.Peek() == '"':
                    field.Append((char)reader.Read());
                    break;
                case '"':
                    return field.ToString();
                case '\n':
                    line++;
                    field.Append('\n');
                    break;
                case var character:
                    field.Append((char)character);
                    break;
            }
        }
    }

    private static void EndLine(TextReader reader, ref int line)
    {
        if (reader.Peek() == '\r')
        {
            _ = reader.Read();
        }

        if (reader.Peek() == '\n')
        {
            _ = reader.Read();
        }
        else if (reader.Peek() >= 0)
        {
            throw new CliException($"a field of line {line} goes on after its quotes", "put the whole field in quotes");
        }

        line++;
    }
}

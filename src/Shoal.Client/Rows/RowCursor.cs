using System.Text.Json;

namespace Shoal.Client.Rows;

/// <summary>Walks over the rows of a result: an array of arrays.</summary>
internal static class RowCursor
{
    /// <summary>Shows each row until <paramref name="next"/> has seen enough.</summary>
    /// <param name="rows">The JSON of all rows; empty for none.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="next">Gets the same reader each time; answers whether to go on.</param>
    public static void Read(ReadOnlyMemory<byte> rows, IReadOnlyList<string> columns, Func<RowReader, bool> next)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        var row = new RowReader(rows, columns);
        var reader = new Utf8JsonReader(rows.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            row.Begin();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                {
                    var token = reader.TokenType;
                    reader.Skip();
                    row.Add(new Cell(token, start, (int)reader.BytesConsumed - start, IsEscaped: false));
                }
                else
                {
                    var quote = reader.TokenType == JsonTokenType.String ? 1 : 0;
                    row.Add(new Cell(reader.TokenType, start + quote, reader.ValueSpan.Length, reader.ValueIsEscaped));
                }
            }

            if (!next(row))
            {
                return;
            }
        }
    }
}

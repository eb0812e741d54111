using System.Text.Json;
using Shoal.Client.Http;
using Shoal.Client.Rows;

namespace Shoal.Client.D1;

/// <summary>Takes the reply of <c>/raw</c> apart: columns and meta are read, rows stay bytes until somebody wants them.</summary>
internal static class ReplyParser
{
    /// <summary>The results, one per statement. They borrow the body's memory.</summary>
    /// <exception cref="ShoalException">The reply is something else.</exception>
    public static StatementResult[] Parse(ReadOnlyMemory<byte> body, string database)
    {
        try
        {
            return ParseEnvelope(body) ?? throw ApiErrors.Malformed("it has no result", database);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw ApiErrors.Malformed(error.Message, database, error);
        }
    }

    private static StatementResult[]? ParseEnvelope(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span);
        List<StatementResult>? results = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("result"u8))
            {
                Expect(ref reader, JsonTokenType.StartArray);
                results = [];
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    results.Add(ParseResult(ref reader, body));
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return results?.ToArray();
    }

    private static StatementResult ParseResult(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        string[] columns = [];
        var rows = ReadOnlyMemory<byte>.Empty;
        var meta = new StatementMeta();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("results"u8))
            {
                Expect(ref reader, JsonTokenType.StartObject);
                ParseRows(ref reader, body, ref columns, ref rows);
            }
            else if (reader.ValueTextEquals("meta"u8))
            {
                Expect(ref reader, JsonTokenType.StartObject);
                meta = ParseMeta(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return new StatementResult(columns, rows.IsEmpty ? null : new JsonRows(rows), meta);
    }

    private static void ParseRows(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, ref string[] columns,
        ref ReadOnlyMemory<byte> rows)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("columns"u8))
            {
                Expect(ref reader, JsonTokenType.StartArray);
                var names = new List<string>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    names.Add(reader.GetString() ?? "");
                }

                columns = [.. names];
            }
            else if (reader.ValueTextEquals("rows"u8))
            {
                Expect(ref reader, JsonTokenType.StartArray);
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                rows = body[start..(int)reader.BytesConsumed];
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static StatementMeta ParseMeta(ref Utf8JsonReader reader)
    {
        double duration = 0, changes = 0, lastRowId = 0, size = 0, read = 0, written = 0;
        long exactRowId = 0;
        var changed = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("duration"u8))
            {
                Number(ref reader, out duration);
            }
            else if (reader.ValueTextEquals("changes"u8))
            {
                Number(ref reader, out changes);
            }
            else if (reader.ValueTextEquals("last_row_id"u8))
            {
                Number(ref reader, out lastRowId);
                exactRowId = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var exact)
                    ? exact : (long)lastRowId;
            }
            else if (reader.ValueTextEquals("size_after"u8))
            {
                Number(ref reader, out size);
            }
            else if (reader.ValueTextEquals("rows_read"u8))
            {
                Number(ref reader, out read);
            }
            else if (reader.ValueTextEquals("rows_written"u8))
            {
                Number(ref reader, out written);
            }
            else if (reader.ValueTextEquals("changed_db"u8))
            {
                reader.Read();
                changed = reader.TokenType == JsonTokenType.True;
            }
            else
            {
                reader.Skip();
            }
        }

        return new StatementMeta
        {
            Duration = TimeSpan.FromMilliseconds(duration),
            Changes = (long)changes,
            LastRowId = exactRowId,
            ChangedDatabase = changed,
            SizeAfterBytes = (long)size,
            RowsRead = (long)read,
            RowsWritten = (long)written,
        };
    }

    private static void Number(ref Utf8JsonReader reader, out double value)
    {
        reader.Read();
        value = 0;
        if (reader.TokenType == JsonTokenType.Number)
        {
            value = reader.GetDouble();
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token)
        {
            throw new FormatException($"{token} was expected, {reader.TokenType} found");
        }
    }
}

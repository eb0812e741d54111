using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Cli.Targets;

/// <summary>The JSON bodies of the HTTP API, both directions.</summary>
internal static class HttpBodies
{
    public static HttpContent Body(Action<Utf8JsonWriter> writeMembers)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }

        var content = new ByteArrayContent(buffer.GetBuffer(), 0, (int)buffer.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    public static HttpContent Batch(IReadOnlyList<SqlText> batch) => Body(writer =>
    {
        if (batch.Count == 1)
        {
            WriteStatement(writer, batch[0]);
            return;
        }

        writer.WriteStartArray("batch");
        foreach (var text in batch)
        {
            writer.WriteStartObject();
            WriteStatement(writer, text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    public static HttpContent Token(TokenRequest request) => Body(writer =>
    {
        writer.WriteString("name", request.Name);
        writer.WriteString("permission", PermissionWord(request.Permission));
        if (request.Account is not null)
        {
            writer.WriteString("account", request.Account);
        }

        if (request.Databases.Count > 0)
        {
            writer.WriteStartArray("databases");
            foreach (var database in request.Databases)
            {
                writer.WriteStringValue(database.ToString());
            }

            writer.WriteEndArray();
        }

        if (request.ExpiresAt is { } expiry)
        {
            writer.WriteString("expires_at", expiry);
        }
    });

    public static string PermissionWord(TokenPermission permission) => permission switch
    {
        TokenPermission.Read => "read",
        TokenPermission.Write => "write",
        TokenPermission.Admin => "admin",
    };

    public static DatabaseSummary ReadDatabase(JsonElement element)
    {
        if (!DatabaseId.TryParse(element.GetProperty("uuid").GetString(), out var id))
        {
            throw new CliException("the server named a database by something that is not a UUID");
        }

        return new DatabaseSummary(id, element.GetProperty("name").GetString()!,
            element.GetProperty("created_at").GetDateTimeOffset(),
            element.TryGetProperty("file_size", out var size) ? size.GetInt64() : null,
            element.TryGetProperty("num_tables", out var tables) ? tables.GetInt32() : null);
    }

    public static TokenRecord ReadToken(JsonElement element) => new(
        element.GetProperty("id").GetString()!,
        element.GetProperty("name").GetString()!,
        Optional(element, "account")?.GetString(),
        [.. (Optional(element, "databases")?.EnumerateArray() ?? [])
            .Select(id => new DatabaseId(id.GetGuid()))],
        element.GetProperty("permission").GetString() switch
        {
            "read" => TokenPermission.Read,
            "write" => TokenPermission.Write,
            "admin" => TokenPermission.Admin,
            var other => throw new CliException($"the server knows a permission \"{other}\" that this shoal does not",
                "use the shoal of the server's version"),
        },
        element.GetProperty("created_at").GetDateTimeOffset(),
        Optional(element, "expires_at")?.GetDateTimeOffset());

    public static AuditRecord ReadAudit(JsonElement element) => new(
        element.GetProperty("id").GetInt64(),
        element.GetProperty("at").GetDateTimeOffset(),
        new AuditEntry(element.GetProperty("actor").GetString()!, element.GetProperty("origin").GetString()!,
            element.GetProperty("action").GetString()!, Optional(element, "account")?.GetString(),
            Optional(element, "subject")?.GetString(), element.GetProperty("detail").GetRawText()));

    public static IReadOnlyList<StatementResult> ReadResults(JsonElement array)
    {
        var results = new List<StatementResult>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
        {
            var data = item.GetProperty("results");
            results.Add(new StatementResult(
                [.. data.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!)],
                [.. data.GetProperty("rows").EnumerateArray().Select(row => row.EnumerateArray().Select(ReadValue).ToArray())],
                ReadMeta(item.GetProperty("meta"))));
        }

        return results;
    }

    public static ResultMeta ReadMeta(JsonElement meta) => new(
        Milliseconds(meta.GetProperty("duration")),
        meta.GetProperty("rows_read").GetInt64(),
        meta.GetProperty("rows_written").GetInt64(),
        meta.GetProperty("changes").GetInt64(),
        ReadInteger(meta.GetProperty("last_row_id")),
        meta.GetProperty("changed_db").GetBoolean(),
        meta.GetProperty("size_after").GetInt64());

    private static void WriteStatement(Utf8JsonWriter writer, SqlText text)
    {
        writer.WriteString("sql", text.Sql);
        if (text.Parameters.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("params");
        foreach (var value in text.Parameters)
        {
            Output.JsonOutput.WriteValue(writer, value.ToObject());
        }

        writer.WriteEndArray();
    }

    private static object? ReadValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.TryGetInt64(out var integer) ? (object)integer : value.GetDouble(),
        JsonValueKind.Array => value.EnumerateArray().Select(one => one.GetByte()).ToArray(),
        _ => value.GetRawText(),
    };

    // D1 writes integers as doubles, so a large one may come in exponent form.
    private static long ReadInteger(JsonElement value) =>
        value.TryGetInt64(out var integer) ? integer : (long)value.GetDouble();

    private static JsonElement? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A duration to the tick: 0.051 ms are 510 ticks, although the double is a little less.</summary>
    public static TimeSpan Milliseconds(JsonElement value) =>
        TimeSpan.FromTicks((long)Math.Round(value.GetDouble() * TimeSpan.TicksPerMillisecond));
}

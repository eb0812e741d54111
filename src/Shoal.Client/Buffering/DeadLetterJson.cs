using System.Globalization;
using System.Text.Json;
using Shoal.Client.Batching;

namespace Shoal.Client.Buffering;

/// <summary>A dead letter as one line of JSON that a person can read.</summary>
internal static class DeadLetterJson
{
    public static byte[] Write(DeadLetter letter) => Write(json =>
    {
        json.WriteString("id", letter.Id);
        json.WriteString("database", letter.Database);
        json.WriteString("table", letter.Table);
        json.WriteString("status", letter.Status.ToString());
        json.WriteString("errorKind", letter.ErrorKind.ToString());
        json.WriteString("error", letter.Error);
        json.WriteNumber("attempts", letter.Attempts);
        json.WriteString("firstAt", letter.FirstAt);
        json.WriteString("lastAt", letter.LastAt);
        json.WriteString("mode", letter.Mode);
        json.WriteStartArray("modeColumns");
        foreach (var column in letter.ModeColumns)
        {
            json.WriteStringValue(column);
        }

        json.WriteEndArray();
        if (letter.VersionColumn is { } version)
        {
            json.WriteString("versionColumn", version);
        }

        json.WriteStartArray("keys");
        foreach (var column in letter.Columns.Where(static column => column.IsKey))
        {
            json.WriteStringValue(column.Name);
        }

        json.WriteEndArray();
        json.WriteStartObject("row");
        foreach (var column in letter.Columns)
        {
            json.WritePropertyName(column.Name);
            Write(json, column.Value);
        }

        json.WriteEndObject();
    });

    /// <summary>A note that letters are removed.</summary>
    public static byte[] WriteRemoved(IEnumerable<string> ids) => Write(json =>
    {
        json.WriteStartArray("removed");
        foreach (var id in ids)
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
    });

    /// <summary>Reads either: a letter, or the ids of removed ones.</summary>
    public static (DeadLetter? Letter, string[] Removed) Read(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.TryGetProperty("removed", out var removed))
        {
            return (null, [.. removed.EnumerateArray().Select(static id => id.GetString()!)]);
        }

        var keys = root.GetProperty("keys").EnumerateArray().Select(static key => key.GetString()!).ToHashSet(StringComparer.Ordinal);
        return (new DeadLetter
        {
            Id = root.GetProperty("id").GetString()!,
            Database = root.GetProperty("database").GetString()!,
            Table = root.GetProperty("table").GetString()!,
            Status = Enum.Parse<ItemStatus>(root.GetProperty("status").GetString()!),
            ErrorKind = Enum.Parse<ShoalErrorKind>(root.GetProperty("errorKind").GetString()!),
            Error = root.GetProperty("error").GetString()!,
            Attempts = root.GetProperty("attempts").GetInt32(),
            FirstAt = root.GetProperty("firstAt").GetDateTimeOffset(),
            LastAt = root.GetProperty("lastAt").GetDateTimeOffset(),
            Mode = root.GetProperty("mode").GetString()!,
            ModeColumns = [.. root.GetProperty("modeColumns").EnumerateArray().Select(static column => column.GetString()!)],
            VersionColumn = root.TryGetProperty("versionColumn", out var version) ? version.GetString() : null,
            Columns = [.. root.GetProperty("row").EnumerateObject()
                .Select(column => new DeadLetterColumn(column.Name, Read(column.Value), keys.Contains(column.Name)))],
        }, []);
    }

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Integers are numbers; a real says that it is one, so that 1.0 stays a real.</summary>
    private static void Write(Utf8JsonWriter json, SqlValue value)
    {
        switch (value.Kind)
        {
            case SqlValueKind.Integer:
                json.WriteNumberValue(value.AsInteger);
                break;
            case SqlValueKind.Text:
                json.WriteStringValue(value.AsText);
                break;
            case SqlValueKind.Real:
                json.WriteStartObject();
                json.WriteString("real", value.AsReal.ToString("R", CultureInfo.InvariantCulture));
                json.WriteEndObject();
                break;
            case SqlValueKind.Blob:
                json.WriteStartObject();
                json.WriteBase64String("blob", value.AsBlob);
                json.WriteEndObject();
                break;
            case SqlValueKind.Null:
            default:
                json.WriteNullValue();
                break;
        }
    }

    private static SqlValue Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object when value.TryGetProperty("real", out var real) =>
            double.Parse(real.GetString()!, CultureInfo.InvariantCulture),
        JsonValueKind.Object => value.GetProperty("blob").GetBytesFromBase64(),
        _ => SqlValue.Null,
    };
}

using System.Text.Json;

namespace Shoal.Cli.Items;

/// <summary>Bodies of requests.</summary>
internal static class ItemsJson
{
    /// <summary>An object with the members that are written.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>A text of the command line, if it is a JSON object.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static string Check(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? text : throw NotAnObject(text);
        }
        catch (JsonException)
        {
            throw NotAnObject(text);
        }
    }

    private static CliException NotAnObject(string text) => CliException.Usage($"not a JSON object: {text}",
        "DynamoDB's JSON looks like {\"name\": {\"S\": \"text\"}, \"count\": {\"N\": \"1\"}}");
}

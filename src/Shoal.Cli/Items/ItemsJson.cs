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
}

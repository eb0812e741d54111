using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Shoal.Cli.Output;

/// <summary>JSON for scripts: indented, and text outside ASCII as it is.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(CliConsole console, Action<Utf8JsonWriter> write) => console.Out.WriteLine(ToText(write));

    /// <summary>On one line, for a reader that waits for it while the program goes on.</summary>
    public static void WriteLine(CliConsole console, Action<Utf8JsonWriter> write) =>
        console.Out.WriteLine(ToText(write, Indented with { Indented = false }));

    public static string ToText(Action<Utf8JsonWriter> write) => ToText(write, Indented);

    private static string ToText(Action<Utf8JsonWriter> write, JsonWriterOptions options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>A value as D1 writes it: a blob is an array of byte numbers, infinities are null.</summary>
    public static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case long integer:
                writer.WriteNumberValue(integer);
                break;
            case double real when double.IsFinite(real):
                writer.WriteNumberValue(real);
                break;
            case double:
                writer.WriteNullValue();
                break;
            case byte[] bytes:
                writer.WriteStartArray();
                foreach (var one in bytes)
                {
                    writer.WriteNumberValue(one);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue((string)value);
                break;
        }
    }
}

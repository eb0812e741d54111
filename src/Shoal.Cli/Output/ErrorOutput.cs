namespace Shoal.Cli.Output;

/// <summary>The one form of a failure on standard error.</summary>
internal static class ErrorOutput
{
    public static void Write(CliConsole console, bool json, string message, string? hint, int? code)
    {
        console.Out.Flush();
        if (!json)
        {
            console.Error.WriteLine($"error: {message}");
            if (hint is not null)
            {
                console.Error.WriteLine($"hint: {hint}");
            }

            return;
        }

        console.Error.WriteLine(JsonOutput.ToText(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error");
            writer.WriteString("message", message);
            writer.WriteString("hint", hint);
            if (code is { } number)
            {
                writer.WriteNumber("code", number);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }));
    }
}

using System.Text.Json;

namespace Shoal.Cli.Configuration;

/// <summary>The user's own settings, <c>~/.config/shoal/profile.json</c>: an object of strings.</summary>
/// <remarks>It may hold a token, so a file that others can read is refused.</remarks>
internal sealed class ProfileFile
{
    private static readonly string[] KnownNames =
        [
            "account", "backup-verify-every", "create-on-use", "data", "durability", "history", "history-endpoint", "history-region",
            "history-size", "history-store", "history-upload-interval", "items-auth", "items-keys", "items-urls", "log-level",
            "max-body", "max-database", "max-import", "max-response", "metrics-urls", "min-free", "otlp-endpoint", "public-url",
            "query-memory", "query-temporary", "query-timeout", "tls-certificate", "tls-key", "token", "url", "urls",
        ];

    private readonly Dictionary<string, string> _values;

    private ProfileFile(string path, Dictionary<string, string> values)
    {
        Path = path;
        _values = values;
    }

    public string Path { get; }

    public bool Exists { get; private init; }

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public static ProfileFile Read(CliConsole console)
    {
        var folder = console.Environment("XDG_CONFIG_HOME")
            ?? System.IO.Path.Combine(console.Environment("HOME") ?? "/", ".config");
        var path = System.IO.Path.Combine(folder, "shoal", "profile.json");
        if (!File.Exists(path))
        {
            return new ProfileFile(path, []);
        }

        RequirePrivate(path);
        return new ProfileFile(path, Parse(path, File.ReadAllBytes(path))) { Exists = true };
    }

    private static void RequirePrivate(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            throw new CliException($"other users can read {path}, which may hold a token", $"chmod 600 {path}");
        }
    }

    private static Dictionary<string, string> Parse(string path, byte[] content)
    {
        var example = $"{path} should look like {{\"url\": \"http://127.0.0.1:8787\", \"token\": \"…\"}}";
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(content);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new CliException($"{path} is not a JSON object", example);
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!KnownNames.Contains(property.Name, StringComparer.Ordinal))
                {
                    throw new CliException($"{path} has an unknown setting \"{property.Name}\"",
                        $"known settings: {string.Join(", ", KnownNames)}");
                }

                if (property.Value.ValueKind != JsonValueKind.String)
                {
                    throw new CliException($"{path}: \"{property.Name}\" must be a string", example);
                }

                values[property.Name] = property.Value.GetString()!;
            }
        }
        catch (JsonException failure)
        {
            throw new CliException($"{path} is not valid JSON: {failure.Message}", example, failure);
        }

        return values;
    }
}

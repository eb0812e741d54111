using System.Globalization;
using System.Text.Json;

namespace Shoal.Sync.Configuration;

/// <summary>One object of the file: hands out its properties, knows where it is, and refuses those nobody asked for.</summary>
internal sealed class SettingsObject
{
    private readonly JsonElement _element;
    private readonly string _path;
    private readonly Func<string, string?> _environment;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal) { "$schema" };

    public SettingsObject(JsonElement element, string path, Func<string, string?> environment)
    {
        _path = path;
        _environment = environment;
        _element = element.ValueKind == JsonValueKind.Object ? element
            : throw new SyncException($"{path} must be an object", "shoal sync --help shows an example");
    }

    public string Text(string name, string? otherwise = null)
    {
        if (Find(name) is not { } value)
        {
            return otherwise ?? throw Wrong(name, "is missing");
        }

        return value.ValueKind == JsonValueKind.String ? Substituted(name, value.GetString()!) : throw Wrong(name, "must be a text");
    }

    public bool Flag(string name, bool otherwise) => Find(name) is not { } value ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "must be true or false");

    public int Number(string name, int otherwise, int minimum) => Find(name) is not { } value ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= minimum
            ? number : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number of at least {minimum}"));

    /// <summary>A time: a number with ms, s, m or h.</summary>
    public TimeSpan Time(string name, TimeSpan otherwise)
    {
        if (Find(name) is null)
        {
            return otherwise;
        }

        var text = Text(name);
        var digits = text.AsSpan().TrimEnd("msh");
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            throw Wrong(name, "must be a time, for example 500ms, 1s or 5m");
        }

        return text[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => throw Wrong(name, "must be a time, for example 500ms, 1s or 5m"),
        };
    }

    /// <summary>A size: a whole number with MiB or GiB; null where there is none. Units: bytes.</summary>
    public long? Size(string name)
    {
        if (Find(name) is null)
        {
            return null;
        }

        var text = Text(name);
        var unit = text.EndsWith("MiB", StringComparison.Ordinal) ? 1L << 20
            : text.EndsWith("GiB", StringComparison.Ordinal) ? 1L << 30 : 0;
        return unit > 0 && int.TryParse(text.AsSpan(0, text.Length - 3), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0 ? number * unit : throw Wrong(name, "must be a size, for example 512MiB or 10GiB");
    }

    public bool Has(string name) => Find(name) is not null;

    public bool IsText(string name) => Find(name) is { ValueKind: JsonValueKind.String };

    public SettingsObject? Object(string name) =>
        Find(name) is { } value ? new SettingsObject(value, $"{_path}.{name}", _environment) : null;

    public IReadOnlyList<SettingsObject> Objects(string name)
    {
        if (Find(name) is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            throw Wrong(name, "must be a list with at least one entry");
        }

        return [.. list.EnumerateArray().Select((one, index) =>
            new SettingsObject(one, string.Create(CultureInfo.InvariantCulture, $"{_path}.{name}[{index}]"), _environment))];
    }

    /// <summary>A list of texts with at least one entry.</summary>
    public IReadOnlyList<string> List(string name)
    {
        if (Find(name) is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0
            || list.EnumerateArray().Any(static one => one.ValueKind != JsonValueKind.String))
        {
            throw Wrong(name, "must be a list of texts with at least one entry");
        }

        return [.. list.EnumerateArray().Select(one => Substituted(name, one.GetString()!))];
    }

    public IReadOnlyDictionary<string, string> Texts(string name)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Find(name) is { } value)
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                throw Wrong(name, "must be an object of texts");
            }

            foreach (var property in value.EnumerateObject())
            {
                texts[property.Name] = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()!
                    : throw Wrong(name + "." + property.Name, "must be a text");
            }
        }

        return texts;
    }

    /// <summary>Refuses what nobody has asked for: a misspelled setting must not be ignored.</summary>
    public void Finish()
    {
        var unknown = _element.EnumerateObject().Select(static property => property.Name).FirstOrDefault(one => !_known.Contains(one));
        if (unknown is { } name)
        {
            throw new SyncException($"{_path} has an unknown setting \"{name}\"",
                "known there: " + string.Join(", ", _known.Where(static one => one[0] != '$').Order(StringComparer.Ordinal)));
        }
    }

    public SyncException Wrong(string name, string what) => new($"{_path}.{name} {what}", "see docs/guides/edge-sync.md");

    private JsonElement? Find(string name)
    {
        _known.Add(name);
        return _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>Replaces <c>${NAME}</c> by the environment; <c>$${</c> is a literal <c>${</c>.</summary>
    private string Substituted(string name, string text)
    {
        var from = 0;
        while ((from = text.IndexOf("${", from, StringComparison.Ordinal)) >= 0)
        {
            if (from > 0 && text[from - 1] == '$')
            {
                text = text.Remove(from - 1, 1);
                from++;
                continue;
            }

            var to = text.IndexOf('}', from);
            if (to < 0)
            {
                throw Wrong(name, "has a ${ without }");
            }

            var variable = text[(from + 2)..to];
            var value = _environment(variable) ?? throw new SyncException(
                $"{_path}.{name} needs the environment variable {variable}, which is not set", $"export {variable}=...");
            text = string.Concat(text.AsSpan(0, from), value, text.AsSpan(to + 1));
            from += value.Length;
        }

        return text;
    }
}

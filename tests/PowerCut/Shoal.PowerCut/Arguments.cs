namespace Shoal.PowerCut;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Arguments(IReadOnlyList<string> words, IReadOnlyCollection<string> known)
    {
        for (var index = 0; index < words.Count; index += 2)
        {
            var name = words[index];
            if (!known.Contains(name))
            {
                throw new ArgumentException($"unknown option {name}; there are {string.Join(", ", known)}");
            }

            _values[name] = index + 1 < words.Count
                ? words[index + 1]
                : throw new ArgumentException($"{name} needs a value");
        }
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string? fallback = null) => _values.GetValueOrDefault(name) ?? fallback
        ?? throw new ArgumentException($"{name} is required");

    public int Number(string name, int fallback) => !_values.TryGetValue(name, out var text) ? fallback
        : int.TryParse(text, out var number) && number >= 0 ? number
        : throw new ArgumentException($"{name} needs a number, not \"{text}\"");

    public ulong Seed(string name) => ulong.TryParse(Text(name), out var seed) ? seed
        : throw new ArgumentException($"{name} needs a number from 0 to 2^64 - 1");
}

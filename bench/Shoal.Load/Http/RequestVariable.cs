using System.Globalization;

namespace Shoal.Load.Http;

/// <summary>A variable of a request template: <c>name=FROM..TO</c> or <c>name=@FILE</c>, one value a line.</summary>
internal sealed class RequestVariable
{
    private readonly long _from;
    private readonly long _to;
    private readonly string[]? _values;

    private RequestVariable(string name, long from, long to, string[]? values)
    {
        Placeholder = $"{{{name}}}";
        _from = from;
        _to = to;
        _values = values;
    }

    /// <summary>What stands for the variable in a template, braces included.</summary>
    public string Placeholder { get; }

    /// <summary>Reads the definition of a variable.</summary>
    /// <exception cref="FormatException">It is not one; the message says how they look.</exception>
    public static RequestVariable Parse(string definition)
    {
        var equals = definition.IndexOf('=', StringComparison.Ordinal);
        var name = equals > 0 ? definition[..equals] : "";
        var value = definition[(equals + 1)..];
        if (name.Length > 0 && value.StartsWith('@'))
        {
            var lines = File.ReadAllLines(value[1..]).Where(static line => line.Length > 0).ToArray();
            return lines.Length > 0
                ? new RequestVariable(name, 0, 0, lines)
                : throw new FormatException($"The file {value[1..]} of the variable '{name}' has no lines.");
        }

        var dots = value.IndexOf("..", StringComparison.Ordinal);
        if (name.Length == 0 || dots < 0
            || !long.TryParse(value.AsSpan(0, dots), CultureInfo.InvariantCulture, out var from)
            || !long.TryParse(value.AsSpan(dots + 2), CultureInfo.InvariantCulture, out var to) || to < from)
        {
            throw new FormatException($"'{definition}' is not a variable. Write name=1..1000 or name=@file.");
        }

        return new RequestVariable(name, from, to, null);
    }

    /// <summary>A value at random.</summary>
    public string Next(Random random) => _values is not null
        ? _values[random.Next(_values.Length)]
        : random.NextInt64(_from, _to + 1).ToString(CultureInfo.InvariantCulture);
}

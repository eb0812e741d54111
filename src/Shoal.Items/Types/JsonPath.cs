using System.Globalization;
using System.Text;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>A place in a JSON document: <c>$.orders[0].total</c>, <c>$["a name"][-1]</c>.</summary>
/// <remarks>Source: RFC 9535's singular queries; wildcards, slices and filters, which name many places, are refused.</remarks>
internal sealed class JsonPath
{
    private readonly JsonStep[] _steps;
    private readonly string _text;

    private JsonPath(JsonStep[] steps, string text)
    {
        _steps = steps;
        _text = text;
    }

    public bool IsRoot => _steps.Length == 0;

    /// <exception cref="ItemException">It is no path.</exception>
    public static JsonPath Parse(string text)
    {
        if (text.Length == 0 || text[0] != '$')
        {
            throw Bad(text, 0, "it starts with $");
        }

        var steps = new List<JsonStep>();
        var at = 1;
        while (at < text.Length)
        {
            steps.Add(text[at] switch
            {
                '.' => ReadName(text, ref at),
                '[' => ReadBracket(text, ref at),
                _ => throw Bad(text, at, "a step is .name, [\"name\"] or [index]"),
            });
            if (steps.Count > ValueLimits.PathStepsMax)
            {
                throw Bad(text, at, $"it has more than {ValueLimits.PathStepsMax} steps");
            }
        }

        return new JsonPath([.. steps], text);
    }

    /// <summary>What is at the place; null when nothing is.</summary>
    public AttributeValue? Find(AttributeValue? document)
    {
        var value = document;
        for (var index = 0; index < _steps.Length && value is not null; index++)
        {
            value = Into(value, _steps[index]);
        }

        return value;
    }

    /// <summary>The document with another value at the place.</summary>
    /// <param name="document">The document.</param>
    /// <param name="value">What is put there; null to take away what is there.</param>
    /// <exception cref="ItemException">There is nothing that could hold the place.</exception>
    public AttributeValue? With(AttributeValue? document, AttributeValue? value) => With(document, value, 0);

    public override string ToString() => _text;

    private AttributeValue? With(AttributeValue? current, AttributeValue? value, int depth)
    {
        if (depth == _steps.Length)
        {
            return value;
        }

        var step = _steps[depth];
        var isLast = depth == _steps.Length - 1;
        if (current is { Type: AttributeType.M } && step.Name is { } name)
        {
            var old = current.AsMap.GetValueOrDefault(name);
            if (old is null && !isLast)
            {
                throw Nothing(depth);
            }

            var map = new Item(current.AsMap);
            if (With(old, value, depth + 1) is { } changed)
            {
                map[name] = changed;
            }
            else
            {
                map.Remove(name);
            }

            return AttributeValue.Map(map);
        }

        if (current is { Type: AttributeType.L } && step.Name is null)
        {
            var list = current.AsList.ToList();
            var index = step.Index < 0 ? list.Count + step.Index : step.Index;
            if (index < 0 || index > list.Count || (index == list.Count && (!isLast || value is null)))
            {
                throw Nothing(depth);
            }

            if (With(index < list.Count ? list[index] : null, value, depth + 1) is not { } changed)
            {
                list.RemoveAt(index);
            }
            else if (index == list.Count)
            {
                list.Add(changed);
            }
            else
            {
                list[index] = changed;
            }

            return AttributeValue.List(list);
        }

        throw Nothing(depth);
    }

    private ItemException Nothing(int depth) => new(ItemErrorKind.Validation,
        $"the path {_text} leads nowhere: the document has no {(_steps[depth].Name is null ? "array" : "object")} for its step {depth + 1}",
        "Set the place before it first, for example to {} or [].");

    private static AttributeValue? Into(AttributeValue value, JsonStep step)
    {
        if (step.Name is { } name)
        {
            return value.Type == AttributeType.M ? value.AsMap.GetValueOrDefault(name) : null;
        }

        if (value.Type != AttributeType.L)
        {
            return null;
        }

        var index = step.Index < 0 ? value.Count + step.Index : step.Index;
        return index >= 0 && index < value.Count ? value.AsList[index] : null;
    }

    private static JsonStep ReadName(string text, ref int at)
    {
        var start = ++at;
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '-' || text[at] > 0x7F))
        {
            at++;
        }

        return at > start ? new JsonStep(text[start..at], 0)
            : throw Bad(text, at, "a name follows the point; other names stand in brackets: [\"a name\"]");
    }

    private static JsonStep ReadBracket(string text, ref int at)
    {
        at++;
        JsonStep step;
        if (at < text.Length && text[at] is '"' or '\'')
        {
            step = new JsonStep(ReadQuoted(text, ref at), 0);
        }
        else
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '-'))
            {
                at++;
            }

            step = int.TryParse(text.AsSpan(start, at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out var index)
                ? new JsonStep(Name: null, index)
                : throw Bad(text, start,
                    "an index or a name in quotes stands in brackets; * and : name many places, which is not possible here");
        }

        return at < text.Length && text[at++] == ']' ? step : throw Bad(text, at, "] is missing");
    }

    private static string ReadQuoted(string text, ref int at)
    {
        var quote = text[at++];
        var name = new StringBuilder();
        while (at < text.Length && text[at] != quote)
        {
            at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
            name.Append(text[at++]);
        }

        return at++ < text.Length ? name.ToString() : throw Bad(text, at - 1, "the quote is not closed");
    }

    private static ItemException Bad(string text, int at, string why) =>
        new(ItemErrorKind.Validation, $"\"{text}\" is no path of JSON, at character {at + 1}: {why}",
            "For example $, $.name or $.list[0].")
        {
            Position = at,
        };
}

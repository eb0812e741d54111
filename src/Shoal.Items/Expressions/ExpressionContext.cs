using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>The placeholders of a request, and which of them its expressions have used.</summary>
internal sealed class ExpressionContext
{
    private readonly IReadOnlyDictionary<string, string>? _names;
    private readonly IReadOnlyDictionary<string, AttributeValue>? _values;
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <param name="names">Attribute names by <c>#placeholder</c>; null for none.</param>
    /// <param name="values">Values by <c>:placeholder</c>; null for none.</param>
    /// <exception cref="ItemException">They are empty, or a placeholder has the wrong form.</exception>
    public ExpressionContext(IReadOnlyDictionary<string, string>? names, IReadOnlyDictionary<string, AttributeValue>? values)
    {
        _names = names;
        _values = values;
        CheckKeys("ExpressionAttributeNames", '#', names?.Keys);
        CheckKeys("ExpressionAttributeValues", ':', values?.Keys);
    }

    /// <summary>The name that a placeholder stands for; null when it is not defined.</summary>
    public string? Name(string placeholder)
    {
        if (_names is null || !_names.TryGetValue(placeholder, out var name))
        {
            return null;
        }

        _used.Add(placeholder);
        return name;
    }

    /// <summary>The value that a placeholder stands for; null when it is not defined.</summary>
    public AttributeValue? Value(string placeholder)
    {
        if (_values is null || !_values.TryGetValue(placeholder, out var value))
        {
            return null;
        }

        _used.Add(placeholder);
        return value;
    }

    /// <summary>Passes when every placeholder has been used.</summary>
    /// <exception cref="ItemException">One has not.</exception>
    public void CheckAllUsed()
    {
        CheckUsed("ExpressionAttributeNames", _names?.Keys);
        CheckUsed("ExpressionAttributeValues", _values?.Keys);
    }

    /// <summary>Passes when keys of one of the two maps have their form.</summary>
    internal static void CheckKeys(string parameter, char first, IEnumerable<string>? keys)
    {
        if (keys is null)
        {
            return;
        }

        var any = false;
        foreach (var key in keys)
        {
            any = true;
            if (key.Length < 2 || key[0] != first || key.AsSpan(1).ContainsAnyExcept(PlaceholderCharacters))
            {
                throw ItemException.Validation($"{parameter} contains invalid key: Syntax error; key: \"{key}\"");
            }
        }

        if (!any)
        {
            throw ItemException.Validation($"{parameter} must not be empty");
        }
    }

    private static readonly System.Buffers.SearchValues<char> PlaceholderCharacters =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

    private void CheckUsed(string parameter, IEnumerable<string>? keys)
    {
        var unused = keys?.Where(key => !_used.Contains(key)).ToList();
        if (unused is { Count: > 0 })
        {
            throw ItemException.Validation(
                $"Value provided in {parameter} unused in expressions: keys: {{{string.Join(", ", unused)}}}");
        }
    }
}

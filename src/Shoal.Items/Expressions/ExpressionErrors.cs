namespace Shoal.Items.Expressions;

/// <summary>What is wrong with an expression that can be parsed. Of each group the first counts, of all the first group.</summary>
/// <remarks>
/// DynamoDB looks at an expression in passes, so the error it tells is not the one that stands first in the text; clients and
/// conformance suites see the order.
/// </remarks>
internal sealed class ExpressionErrors(params string[] order)
{
    private readonly Dictionary<string, string> _first = new(StringComparer.Ordinal);

    public bool Has(string group) => _first.ContainsKey(group);

    public void Add(string group, string message) => _first.TryAdd(group, message);

    /// <summary>Copies the first error of some groups into another group.</summary>
    public void Collect(string target, params ReadOnlySpan<string> groups)
    {
        foreach (var group in groups)
        {
            if (_first.TryGetValue(group, out var message))
            {
                Add(target, message);
                return;
            }
        }
    }

    /// <summary>The error to tell; null for none.</summary>
    public string? Find()
    {
        foreach (var group in order)
        {
            if (_first.TryGetValue(group, out var message))
            {
                return message;
            }
        }

        return null;
    }
}

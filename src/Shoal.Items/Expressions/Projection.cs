using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>The parts of an item that are to be shown.</summary>
internal sealed class Projection
{
    private readonly IReadOnlyList<DocumentPath> _paths;

    public Projection(IReadOnlyList<DocumentPath> paths) => _paths = paths;

    /// <summary>Attributes by name; what a name contains has no meaning.</summary>
    public static Projection OfNames(IEnumerable<string> names) => new([.. names.Select(DocumentPath.Of)]);

    /// <summary>The attributes that are shown, whole or in part.</summary>
    public IEnumerable<string> Heads => _paths.Select(static path => path.Head).Distinct(StringComparer.Ordinal);

    /// <summary>The attributes that are looked into.</summary>
    public IEnumerable<string> NestedHeads => _paths.Where(static path => path.IsNested).Select(static path => path.Head);

    /// <summary>The parts that exist, at their places; lists close their gaps.</summary>
    public Item Apply(Item item)
    {
        var result = new Item();
        foreach (var group in _paths.GroupBy(static path => path.Head, StringComparer.Ordinal))
        {
            if (item.TryGetValue(group.Key, out var value)
                && Pick(value, [.. group.Select(static path => path.Parts)], depth: 1) is { } picked)
            {
                result.Add(group.Key, picked);
            }
        }

        return result;
    }

    /// <summary>What of a value the paths that lead through it show; null when none finds anything.</summary>
    private static AttributeValue? Pick(AttributeValue value, List<IReadOnlyList<PathPart>> paths, int depth)
    {
        if (paths.Exists(path => path.Count == depth))
        {
            return value;
        }

        if (value.Type == AttributeType.M)
        {
            var map = new Item();
            var named = paths.Where(path => path[depth].Name is not null);
            foreach (var group in named.GroupBy(path => path[depth].Name!, StringComparer.Ordinal))
            {
                if (value.AsMap.TryGetValue(group.Key, out var inner) && Pick(inner, [.. group], depth + 1) is { } picked)
                {
                    map.Add(group.Key, picked);
                }
            }

            return map.Count == 0 ? null : AttributeValue.Map(map);
        }

        if (value.Type != AttributeType.L)
        {
            return null;
        }

        var list = new List<AttributeValue>();
        foreach (var group in paths.Where(path => path[depth].Name is null).GroupBy(path => path[depth].Index).OrderBy(group => group.Key))
        {
            if (group.Key < value.AsList.Count && Pick(value.AsList[group.Key], [.. group], depth + 1) is { } picked)
            {
                list.Add(picked);
            }
        }

        return list.Count == 0 ? null : AttributeValue.List(list);
    }
}

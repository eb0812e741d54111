using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>Where a value is inside of an item: <c>a.b[0]</c>. The first part is always a name.</summary>
internal sealed class DocumentPath(IReadOnlyList<PathPart> parts)
{
    public IReadOnlyList<PathPart> Parts { get; } = parts;

    /// <summary>The attribute.</summary>
    public string Head => Parts[0].Name!;

    public bool IsNested => Parts.Count > 1;

    public static DocumentPath Of(string name) => new([new PathPart(name, 0)]);

    /// <summary>The value at this path; null when there is none.</summary>
    public AttributeValue? Find(Item item)
    {
        if (!item.TryGetValue(Head, out var value))
        {
            return null;
        }

        for (var index = 1; index < Parts.Count; index++)
        {
            var part = Parts[index];
            if (part.Name is { } name)
            {
                if (value.Type != AttributeType.M || !value.AsMap.TryGetValue(name, out value))
                {
                    return null;
                }
            }
            else if (value.Type == AttributeType.L && part.Index < value.AsList.Count)
            {
                value = value.AsList[part.Index];
            }
            else
            {
                return null;
            }
        }

        return value;
    }

    public bool Same(DocumentPath other) => Parts.SequenceEqual(other.Parts);

    /// <summary>As errors show it: <c>[a, b, [0]]</c>.</summary>
    public override string ToString() => "[" + string.Join(", ", Parts) + "]";
}

using System.Globalization;

namespace Shoal.Items.Expressions;

/// <summary>A step of a document path: a name, or an index when the name is null.</summary>
internal readonly record struct PathPart(string? Name, int Index)
{
    public override string ToString() => Name ?? string.Create(CultureInfo.InvariantCulture, $"[{Index}]");
}

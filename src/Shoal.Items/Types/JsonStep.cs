namespace Shoal.Items.Types;

/// <summary>A step of a JSON path: into an object by name, or into an array by index.</summary>
/// <param name="Name">A property; null for an index.</param>
/// <param name="Index">An element; negative from the end.</param>
internal readonly record struct JsonStep(string? Name, int Index);

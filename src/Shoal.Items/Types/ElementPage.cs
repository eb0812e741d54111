namespace Shoal.Items.Types;

/// <summary>Some elements of a value.</summary>
/// <typeparam name="T">An element.</typeparam>
/// <param name="Elements">In order.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; null when this is the last.</param>
public sealed record ElementPage<T>(IReadOnlyList<T> Elements, string? Next);

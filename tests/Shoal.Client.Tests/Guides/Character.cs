namespace Shoal.Client.Tests.Guides;

/// <summary>A line of the Unicode character table.</summary>
internal sealed record Character(long Codepoint, string Name, string Category);

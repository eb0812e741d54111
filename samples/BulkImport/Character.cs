namespace Shoal.Samples.BulkImport;

/// <summary>A line of the Unicode character table.</summary>
internal sealed record Character(long Codepoint, string Name, string Category);

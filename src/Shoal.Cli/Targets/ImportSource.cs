namespace Shoal.Cli.Targets;

/// <summary>A file to import.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Format">What it holds.</param>
/// <param name="Table">The table that CSV rows go to; null for other formats.</param>
/// <param name="Delimiter">What separates CSV fields.</param>
internal sealed record ImportSource(string Path, TransferFormat Format, string? Table, char Delimiter);

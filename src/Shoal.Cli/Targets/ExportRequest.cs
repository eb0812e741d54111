namespace Shoal.Cli.Targets;

/// <summary>What an export to text contains.</summary>
/// <param name="Format">SQL or CSV.</param>
/// <param name="Tables">Only these tables; empty for all. Exactly one for CSV.</param>
/// <param name="NoData">Leave out the rows.</param>
/// <param name="NoSchema">Leave out CREATE statements.</param>
internal sealed record ExportRequest(TransferFormat Format, IReadOnlyList<string> Tables, bool NoData, bool NoSchema);

using Shoal.Client.Rows;

namespace Shoal.Samples.LogAggregation;

/// <summary>How often a path was asked for; its mapper is generated.</summary>
[ShoalRow]
internal sealed partial record PathSummary(string Path, int Requests, int Errors);

namespace Shoal.Protocol.D1;

/// <summary>Result of <c>GET /time_travel</c>.</summary>
/// <param name="Spans">What can be restored, oldest first.</param>
public sealed record HistoryInfo(IReadOnlyList<HistorySpan> Spans);

using Shoal.Client.Batching;

namespace Shoal.Client.Buffering;

/// <summary>What became of the items that were not settled when a writer was closed.</summary>
/// <param name="Flushed">How they fared.</param>
/// <param name="Left">Those that were not settled in time; a spool keeps them.</param>
/// <param name="IsInTime">Whether everything was settled before the deadline.</param>
public sealed record CloseReport<T>(FlushReport Flushed, IReadOnlyList<FailedItem<T>> Left, bool IsInTime);

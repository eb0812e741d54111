namespace Shoal.Client.Bulk;

/// <summary>How far a bulk write is.</summary>
/// <param name="Rows">Rows that are settled, those skipped by a resumed import included.</param>
/// <param name="Rejected">Of these, refused.</param>
/// <param name="Elapsed">Since it began.</param>
public sealed record BulkProgress(long Rows, long Rejected, TimeSpan Elapsed);

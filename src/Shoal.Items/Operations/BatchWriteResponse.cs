namespace Shoal.Items.Operations;

/// <summary>What a batch write did.</summary>
/// <param name="ProcessedCount">Writes that are applied: all, or 0.</param>
/// <param name="UnprocessedItems">What is to be sent again, because the database had too much to do; empty otherwise.</param>
public sealed record BatchWriteResponse(int ProcessedCount, BatchWriteRequest UnprocessedItems);

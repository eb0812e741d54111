using Shoal.Engine;

namespace Shoal.Items.Operations;

/// <summary>Sends any number of writes in batches.</summary>
internal static class AutoBatches
{
    private const int AttemptsMax = 6;

    /// <summary>The pause after the first refusal; it doubles with each.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    public static async Task<BatchWriteSummary> RunAsync(ItemStore store, BatchWriteRequest request, TimeProvider time,
        CancellationToken cancellation)
    {
        var total = 0;
        var written = 0;
        var failures = new List<(BatchWriteRequest Batch, EngineException Error)>();
        foreach (var chunk in request.Actions.Chunk(ItemLimits.BatchWriteMax))
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = new BatchWriteRequest();
            foreach (var action in chunk)
            {
                batch.Add(action);
            }

            total++;
            try
            {
                await SendAsync(store, batch, time, cancellation).ConfigureAwait(false);
                written += batch.Count;
            }
            catch (EngineException error)
            {
                failures.Add((batch, error));
            }
        }

        return new BatchWriteSummary(total, written, failures);
    }

    private static async Task SendAsync(ItemStore store, BatchWriteRequest batch, TimeProvider time, CancellationToken cancellation)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            var response = await store.BatchWriteAsync(batch, cancellation).ConfigureAwait(false);
            if (response.UnprocessedItems.Count == 0)
            {
                return;
            }

            if (attempt == AttemptsMax)
            {
                throw new EngineException(EngineErrorKind.Overloaded,
                    $"the database had no time for a batch of {batch.Count} in {attempt} attempts", "Send fewer batches at once.");
            }

            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
            pause *= 2;
        }
    }
}

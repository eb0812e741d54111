using Microsoft.Extensions.Logging;

namespace Shoal.Client.Retry;

/// <summary>The attempts of one request: waits between them, and ends them with the error that tells of all.</summary>
/// <remarks>Thread: not safe; one per request.</remarks>
internal sealed class Attempts(RetryPolicy policy, TimeProvider time, ILogger log, string? database, bool isRepeatable,
    bool isOnce)
{
    private readonly long _start = time.GetTimestamp();
    private int _count;
    private bool _open;

    /// <summary>Returns when the next attempt may begin.</summary>
    /// <exception cref="ShoalException">There is none: the last attempt's failure, with what the others left open.</exception>
    public async Task WaitAfterAsync(ShoalException error, CancellationToken cancellation)
    {
        _count++;
        _open |= error.MayHaveBeenApplied;
        if (isOnce)
        {
            throw error;
        }

        if (!policy.TryNext(error, isRepeatable, _count, time.GetElapsedTime(_start), out var wait))
        {
            throw _count == 1 ? error : error.After(_count, _open);
        }

        ClientLog.RequestRepeated(log, database ?? "", _count, error.Kind, wait);
        await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
    }
}

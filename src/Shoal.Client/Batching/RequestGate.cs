using Microsoft.Extensions.Logging;
using Shoal.Client.Diagnostics;
using Shoal.Client.Retry;

namespace Shoal.Client.Batching;

/// <summary>
/// The way of a batch to a database: past the breakers, the rate and the limiter, and again after transient failures. Items wait
/// here, so whatever is in the way slows those who add down, instead of growing memory.
/// </summary>
/// <remarks>Thread: one request at a time; what it shares with others is safe.</remarks>
internal sealed class RequestGate(GateShared shared, CircuitBreaker target, string database)
{
    /// <summary>Name of the writer, for metrics.</summary>
    public string Writer => shared.Name;

    /// <summary>Requests since <see cref="Begin"/>.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether a request went out since <see cref="Begin"/> and no reply told what became of it.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>A new batch begins.</summary>
    public void Begin()
    {
        Attempts = 0;
        IsOpen = false;
    }

    /// <summary>Sends until it succeeds or may not be sent again.</summary>
    /// <exception cref="ShoalException">The last attempt's failure, with what the others left open.</exception>
    public async Task<TReply> SendAsync<TReply>(Func<CancellationToken, ValueTask<TReply>> send, int rows, CancellationToken cancellation)
    {
        var began = shared.Time.GetTimestamp();
        var open = false;
        for (var attempt = 1; ; attempt++)
        {
            ShoalException error;
            await EnterAsync(rows, cancellation).ConfigureAwait(false);
            var start = shared.Time.GetTimestamp();
            Attempts++;
            IsOpen = true;
            try
            {
                var reply = await send(cancellation).ConfigureAwait(false);
                Exit(start, failure: null);
                IsOpen = open;
                return reply;
            }
            catch (ShoalException failure)
            {
                Exit(start, failure);
                error = failure;
            }
            catch
            {
                // Cancelled, or a bug: nothing is known of the server.
                shared.Limiter.Return();
                target.Left();
                shared.Breaker.Left();
                throw;
            }

            open |= error.MayHaveBeenApplied;
            IsOpen = open;
            if (!shared.Policy.TryNext(error, repeatable: true, attempt, shared.Time.GetElapsedTime(began), out var wait))
            {
                throw attempt == 1 ? error : error.After(attempt, open);
            }

            ClientMetrics.Retried(shared.Name);
            ClientLog.RequestRepeated(shared.Log, database, attempt, error.Kind, wait);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, shared.Time, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask EnterAsync(int rows, CancellationToken cancellation)
    {
        var start = shared.Time.GetTimestamp();
        await shared.Breaker.EnterAsync(cancellation).ConfigureAwait(false);
        try
        {
            await target.EnterAsync(cancellation).ConfigureAwait(false);
            try
            {
                if (shared.Rate is { } rate)
                {
                    await rate.EnterAsync(rows, cancellation).ConfigureAwait(false);
                }

                await shared.Limiter.EnterAsync(cancellation).ConfigureAwait(false);
            }
            catch
            {
                target.Left();
                throw;
            }
        }
        catch
        {
            shared.Breaker.Left();
            throw;
        }

        ClientMetrics.Waited(shared.Name, shared.Time.GetElapsedTime(start));
    }

    private void Exit(long start, ShoalException? failure)
    {
        var overloaded = failure?.Kind is ShoalErrorKind.Overloaded or ShoalErrorKind.Unavailable or ShoalErrorKind.Timeout;
        shared.Limiter.Exit(shared.Time.GetElapsedTime(start), overloaded);

        // A refusal comes from a server that is well; one that is busy says so itself, and how long to wait.
        if (failure is { IsTransient: true, Kind: not ShoalErrorKind.Overloaded })
        {
            target.Failed();
            shared.Breaker.Failed();
        }
        else
        {
            target.Succeeded();
            shared.Breaker.Succeeded();
        }
    }
}

using System.Threading.Channels;
using Shoal.Client;

namespace Shoal.Sync.Queue;

/// <summary>Hands messages that are due to their tenants: several tenants at once, one batch of a tenant at a time.</summary>
/// <remarks>A tenant that can not be written to rests for a while; the others go on.</remarks>
internal sealed class QueueConsumer(QueueContext context)
{
    private const int KeptTenantsMax = 10_000;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestMin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RestMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TouchEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, QueueTenant> _tenants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> _busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset Until, TimeSpan Wait)> _resting = new(StringComparer.Ordinal);
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private DateTimeOffset _looked;
    private DateTimeOffset _counted;
    private DateTimeOffset _forgot;
    private DateTimeOffset _touched;
    private volatile bool _isPaused;

    /// <summary>Whether somebody has asked for a pause.</summary>
    public bool IsPaused => _isPaused;

    /// <summary>Something has come.</summary>
    public void Wake() => _wake.Writer.TryWrite(item: true);

    /// <summary>Consumes until it is cancelled, or the server can not be asked.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // The caller has counted what waits, before anybody could change it.
        _counted = Now();
        try
        {
            while (true)
            {
                await LookAsync(cancellation);
                var next = _isPaused ? Now() + Poll : await StartAsync(cancellation);
                var wait = next - Now();
                if (wait > TimeSpan.Zero)
                {
                    await WaitAsync(wait < Poll ? wait : Poll, cancellation);
                }

                await EndAsync();
            }
        }
        finally
        {
            await Task.WhenAll(_busy.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _busy.Clear();
        }
    }

    /// <summary>Starts tenants that have enough to do, or have waited long enough.</summary>
    /// <returns>When to look again.</returns>
    private async Task<DateTimeOffset> StartAsync(CancellationToken cancellation)
    {
        var now = Now();
        foreach (var (tenant, _) in _resting.Where(one => one.Value.Until + RestMax <= now).ToList())
        {
            _resting.Remove(tenant);
        }

        if (_busy.Count >= context.Settings.Apply.Workers)
        {
            return now + Poll;
        }

        string[] except = [.. _busy.Keys, .. _resting.Where(one => one.Value.Until > now).Select(static one => one.Key)];
        var (tenants, due) = await context.Store.PickAsync(now, except, cancellation);
        var next = due ?? now + Poll;
        foreach (var (tenant, count, oldest) in tenants)
        {
            var ready = oldest + context.Queue.MaxWait;
            if (count < context.Queue.MaxBatch && ready > now)
            {
                next = ready < next ? ready : next;
            }
            else if (_busy.Count < context.Settings.Apply.Workers)
            {
                _busy[tenant] = RunAsync(tenant, now, oldest, cancellation);
            }
        }

        var rested = _resting.Values.Where(one => one.Until > now).Select(static one => one.Until).DefaultIfEmpty(next).Min();
        return rested < next ? rested : next;
    }

    private async Task RunAsync(string tenant, DateTimeOffset now, DateTimeOffset oldest, CancellationToken cancellation)
    {
        var (messages, first) = await context.Store.LoadAsync(tenant, now, context.Queue.MaxBatch, cancellation);
        if (messages.Count == 0)
        {
            return;
        }

        QueueTenant? one;
        lock (_tenants)
        {
            if (!_tenants.TryGetValue(tenant, out one))
            {
                if (_tenants.Count >= KeptTenantsMax)
                {
                    _tenants.Clear();
                }

                _tenants[tenant] = one = new QueueTenant(tenant, context);
            }
        }

        await one.ApplyAsync(messages, first, cancellation);
        context.Counters.SetLag(Now() - oldest);
    }

    /// <summary>Waits until something comes, a tenant is done, or the time is over.</summary>
    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var waking = _wake.Reader.WaitToReadAsync(ending.Token).AsTask();
        await Task.WhenAny([waking, Task.Delay(wait, context.Time, ending.Token), .. _busy.Values]);
        await ending.CancelAsync();
        await ((Task)waking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _wake.Reader.TryRead(out _);
        cancellation.ThrowIfCancellationRequested();
    }

    private async Task EndAsync()
    {
        foreach (var (tenant, task) in _busy.Where(static one => one.Value.IsCompleted).ToList())
        {
            _busy.Remove(tenant);
            try
            {
                await task;
                _resting.Remove(tenant);
            }
            catch (ShoalException error) when (QueueTenant.IsAway(error))
            {
                SyncLog.ServerAway(context.Log, error.Reason);
                var wait = _resting.TryGetValue(tenant, out var before) ? before.Wait * 2 : RestMin;
                wait = wait < RestMax ? wait : RestMax;
                _resting[tenant] = (Now() + wait, wait);
            }
        }
    }

    /// <summary>What others may have changed: a pause, and how much waits.</summary>
    private async Task LookAsync(CancellationToken cancellation)
    {
        var now = Now();
        if (now - _looked < Poll)
        {
            return;
        }

        _looked = now;
        _isPaused = await context.State.IsPausedAsync(cancellation);
        var changes = context.Counters.Changes;
        var (waiting, dead) = await context.Store.CountAsync(cancellation);

        // What this process does is counted as it is done; what others do is seen here, in the end also while there is no rest.
        if (context.Counters.SetDepth(waiting, dead, now - _counted >= CountEvery ? null : changes))
        {
            _counted = now;
        }

        if (now - _touched >= TouchEvery)
        {
            _touched = now;
            await context.State.TouchAsync(cancellation);
        }

        if (now - _forgot >= ForgetEvery)
        {
            _forgot = now;
            await context.Store.ForgetKeysAsync(now - context.Queue.RememberKeys, cancellation);
        }
    }

    private DateTimeOffset Now() => context.Time.GetUtcNow();
}

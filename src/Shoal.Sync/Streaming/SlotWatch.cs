using Microsoft.Extensions.Logging;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Streaming;

/// <summary>Looks at the slot now and then: how much log PostgreSQL keeps for it, and how much more it may.</summary>
internal sealed class SlotWatch(SourceSettings settings, SourceServer server, SyncCounters counters, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private double _warnedAt = 1;

    /// <summary>Watches until it is cancelled, or PostgreSQL can not be asked.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            if (await server.FindSlotAsync(cancellation) is { } slot)
            {
                counters.Slot = slot;
                Warn(slot);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <summary>Once at each mark; again when there was room in between.</summary>
    private void Warn(SlotInfo slot)
    {
        if (slot.SafeBytes is not { } safe)
        {
            return;
        }

        var left = Math.Max(0, safe) / Math.Max(1.0, safe + slot.RetainedBytes);
        var mark = left < 0.2 ? 0.2 : left < 0.5 ? 0.5 : 1;
        if (mark < _warnedAt)
        {
            SyncLog.LogRunsOut(log, settings.Name, slot.RetainedBytes, safe);
        }

        _warnedAt = mark;
    }
}

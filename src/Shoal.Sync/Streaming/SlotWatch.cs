using Microsoft.Extensions.Logging;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Streaming;

/// <summary>
/// Looks at the slot now and then: how much log PostgreSQL keeps for it, and how much more it may. When that runs out, tenants
/// that are slow no longer hold the slot back.
/// </summary>
internal sealed class SlotWatch(SourceSettings settings, SourceServer server, LaneContext context, TenantDirectory directory, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SlotForecast _forecast = new();
    private double _warnedAt = 100;

    /// <summary>Watches until it is cancelled, or PostgreSQL can not be asked.</summary>
    /// <exception cref="SlotGivenUpException">Almost nothing is left, and the settings say to drop the slot then.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            await context.Commits.LookAsync(server, cancellation);
            if (await server.FindSlotAsync(cancellation) is { } slot)
            {
                context.Progress.Counters.Slot = slot;
                context.Progress.Counters.SlotEta =
                    _forecast.Look(DateTimeOffset.UtcNow, settings.WalBudget.BytesLeftOf(slot.RetainedBytes, slot.SafeBytes));
                await LookAsync(slot);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    private async Task LookAsync(SlotInfo slot)
    {
        var budget = settings.WalBudget;
        var left = 100 * budget.LeftOf(slot.RetainedBytes, slot.SafeBytes);
        Warn(slot, left);
        if (left < budget.DropPercent && budget.DropsSlot)
        {
            throw new SlotGivenUpException();
        }

        // When most of the log is kept for somebody's open transaction, giving tenants up would not help.
        var isShort = left < budget.ShedPercent && slot.LagBytes * 2 > slot.RetainedBytes;
        await context.SetLogShortAsync(isShort);
        if (isShort)
        {
            foreach (var lane in directory.Opened.Where(lane => lane.Waited > budget.SlowAfter).ToList())
            {
                await lane.ShedAsync("it was slow, and PostgreSQL's log for the slot ran out");
                context.Progress.Counters.Shed();
            }
        }
    }

    /// <summary>Once at each mark; again when there was room in between.</summary>
    private void Warn(SlotInfo slot, double left)
    {
        var budget = settings.WalBudget;
        double mark = left < budget.DropPercent ? budget.DropPercent : left < budget.ShedPercent ? budget.ShedPercent
            : left < budget.WarnPercent ? budget.WarnPercent : 100;
        if (mark < _warnedAt)
        {
            SyncLog.LogRunsOut(log, settings.Name, slot.RetainedBytes, left);
        }

        _warnedAt = mark;
    }
}

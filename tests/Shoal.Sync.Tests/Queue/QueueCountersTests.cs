using Shoal.Sync.Queue;

namespace Shoal.Sync.Tests.Queue;

/// <summary>Goal: how much waits is never set back to what was counted before, beside or in the middle of a change.</summary>
public sealed class QueueCountersTests
{
    private readonly QueueCounters _counters = new();

    [Fact]
    public void What_was_counted_while_nothing_changed_holds()
    {
        Change();
        Assert.True(_counters.IsQuietSince(_counters.Changes));
    }

    [Fact]
    public void What_was_counted_beside_a_change_does_not()
    {
        var before = _counters.Changes;
        Change();
        Assert.False(_counters.IsQuietSince(before));

        long within;
        using (_counters.BeginChange())
        {
            within = _counters.Changes;
            Assert.False(_counters.IsQuietSince(within));
        }

        Assert.False(_counters.IsQuietSince(within));
        Assert.True(_counters.IsQuietSince(_counters.Changes));
    }

    private void Change()
    {
        using var change = _counters.BeginChange();
        _counters.Accept(1, 0);
    }
}

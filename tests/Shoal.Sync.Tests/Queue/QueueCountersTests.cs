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
        Assert.True(_counters.SetDepth(7, 2, _counters.Changes));
        Assert.Equal((7, 2, 9), (_counters.Waiting, _counters.Dead, _counters.Depth));
    }

    [Fact]
    public void What_was_counted_beside_a_change_does_not()
    {
        var before = _counters.Changes;
        Change();
        Assert.False(_counters.SetDepth(7, 2, before));

        long within;
        using (_counters.BeginChange())
        {
            within = _counters.Changes;
            Assert.False(_counters.SetDepth(7, 2, within));
        }

        Assert.False(_counters.SetDepth(7, 2, within));
        Assert.Equal((1, 0), (_counters.Waiting, _counters.Dead));
        Assert.True(_counters.SetDepth(7, 2, _counters.Changes));
    }

    [Fact]
    public void After_a_long_time_without_rest_it_holds_all_the_same()
    {
        using var change = _counters.BeginChange();
        Assert.True(_counters.SetDepth(7, 2, changes: null));
        Assert.Equal((7, 2), (_counters.Waiting, _counters.Dead));
    }

    private void Change()
    {
        using var change = _counters.BeginChange();
        _counters.Accept(1, 0);
    }
}

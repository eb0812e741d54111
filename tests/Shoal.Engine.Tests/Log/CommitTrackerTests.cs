using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Log;

public sealed class CommitTrackerTests
{
    [Fact]
    public void A_database_that_was_redone_and_not_written_again_lets_go_of_the_log()
    {
        var tracker = new CommitTracker();
        var id = DatabaseId.NewRandom();
        var end = new LogPosition(1, 8192);
        tracker.Appending(id, new LogPosition(1, 4096));
        tracker.Appended(id, end);
        tracker.Checkpointed(id, end);

        // Its writer, which has seen no commit, checkpoints as well.
        tracker.Checkpointed(id, LogPosition.Zero);
        tracker.EndFlush(tracker.BeginFlush());
        var now = new LogPosition(2, 4096);
        Assert.Equal(now, tracker.OldestNeeded(now));
    }
}

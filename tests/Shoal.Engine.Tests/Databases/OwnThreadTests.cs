using Shoal.Engine.Databases;

namespace Shoal.Engine.Tests.Databases;

/// <summary>Goal: long work has a thread, however much of it there is, and who waits gets what came of it.</summary>
public sealed class OwnThreadTests
{
    private static readonly CancellationToken NoCancellation = CancellationToken.None;

    [Fact]
    public async Task Each_work_is_done_once_and_has_its_own_result()
    {
        for (var round = 0; round < 50; round++)
        {
            var counts = new int[40];
            var results = await Task.WhenAll(Enumerable.Range(0, counts.Length).Select(
                index => OwnThread.RunAsync(() => (index, Interlocked.Increment(ref counts[index])), NoCancellation)));
            Assert.Equal(Enumerable.Range(0, counts.Length).Select(static index => (index, 1)), results);
        }
    }

    [Fact]
    public async Task Work_that_waits_for_other_work_ends()
    {
        var depth = await Deepen(40);
        Assert.Equal(40, depth);

        static Task<int> Deepen(int left) => OwnThread.RunAsync(
            () => left == 0 ? 0 : Deepen(left - 1).GetAwaiter().GetResult() + 1, NoCancellation);
    }

    [Fact]
    public async Task What_work_throws_is_the_tasks_and_the_thread_works_on()
    {
        for (var round = 0; round < 20; round++)
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => OwnThread.RunAsync(() => throw new InvalidDataException(), NoCancellation));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => OwnThread.RunAsync(() => throw new OperationCanceledException(), NoCancellation));
            Assert.Equal(round, await OwnThread.RunAsync(() => round, NoCancellation));
        }
    }

    [Fact]
    public async Task Work_that_was_cancelled_before_is_not_begun()
    {
        var isBegun = false;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => OwnThread.RunAsync(() => isBegun = true, new CancellationToken(canceled: true)));
        Assert.False(isBegun);
    }

    [Fact]
    public async Task Work_goes_on_in_the_context_of_who_began_it()
    {
        var local = new AsyncLocal<string> { Value = "mine" };
        Assert.Equal("mine", await OwnThread.RunAsync(() => local.Value, NoCancellation));
    }
}

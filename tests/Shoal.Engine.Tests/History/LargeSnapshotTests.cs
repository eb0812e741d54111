using Microsoft.Extensions.Logging.Abstractions;
using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: nothing of history waits for the snapshot of a large database. Method: one that is held before its end.</summary>
public sealed class LargeSnapshotTests
{
    private static readonly HistoryLimits Limits = new() { RestoresPerPeriodMax = int.MaxValue, LargeDatabaseBytes = 1024 * 1024 };

    [Fact]
    public async Task Others_are_sealed_and_put_together_while_a_large_snapshot_is_written_and_its_own_commits_are_kept()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var (large, small) = await CreateAsync(fixture);
        using var hold = new Hold(fixture);
        var fork = (await fixture.Travel.ForkAsync(large, moment: null, EngineFixture.New("fork"))).Id;
        await hold.Reached;
        var states = new List<(string Bookmark, string Dump)> { (fixture.Bookmark(fork), await fixture.DumpAsync(fork)) };
        var snapshots = fixture.Count(PackLevel.Snapshots);
        for (var value = 0; value < 3; value++)
        {
            await fixture.RunAsync(small, $"INSERT INTO t VALUES ({value})");
            await fixture.RunAsync(fork, $"INSERT INTO t VALUES ({value})");
            states.Add((fixture.Bookmark(fork), await fixture.DumpAsync(fork)));
            var packs = fixture.Count(PackLevel.Commits);
            await fixture.Travel.SealAsync();
            Assert.Equal(packs + 1, fixture.Count(PackLevel.Commits));
        }

        await fixture.Travel.ForkAsync(small, moment: null, EngineFixture.New("small-fork"));
        fixture.Time.Advance(TimeSpan.FromHours(3));
        await fixture.Travel.CompactAsync();
        Assert.Equal((0, 1), (fixture.Count(PackLevel.Commits), fixture.Count(PackLevel.Hourly)));
        Assert.Equal(snapshots + 1, fixture.Count(PackLevel.Snapshots));

        hold.Release();
        await fixture.Travel.SnapshotAsync();
        Assert.Equal(snapshots + 2, fixture.Count(PackLevel.Snapshots));
        await fixture.RestartAsync();
        foreach (var (bookmark, dump) in states)
        {
            await fixture.Travel.RestoreAsync(fork, RestoreMoment.At(bookmark));
            Assert.Equal(dump, await fixture.DumpAsync(fork));
        }

        Assert.Single(await fixture.Travel.ListAsync(fork));
    }

    [Fact]
    public async Task A_stop_while_a_large_snapshot_is_written_leaves_nothing_behind_and_the_next_start_takes_one()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var (large, _) = await CreateAsync(fixture);
        using var hold = new Hold(fixture);
        var fork = (await fixture.Travel.ForkAsync(large, moment: null, EngineFixture.New("fork"))).Id;
        await hold.Reached;
        await fixture.RunAsync(fork, "INSERT INTO t VALUES ('while it was written')");
        await fixture.Travel.SealAsync();
        var crashed = fixture.LeaveBehind();
        var stopping = Task.Run(async () => await fixture.Engine.DisposeAsync());
        hold.Release();
        await stopping;
        Assert.Equal(fixture.PackFiles.Select(Path.GetFileName).Append("MANIFEST").Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(fixture.Folder, "history")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // Neither a stop nor the end of the process leaves commits without what they build on.
        await fixture.OpenAsync();
        await CheckAsync();
        await fixture.GoOnWithAsync(crashed);
        await CheckAsync();

        async Task CheckAsync()
        {
            await fixture.Travel.SnapshotAsync();
            await fixture.RunAsync(fork, "INSERT INTO t VALUES ('later')");
            var (bookmark, dump) = (fixture.Bookmark(fork), await fixture.DumpAsync(fork));
            await fixture.RunAsync(fork, "DELETE FROM t");
            await fixture.Travel.RestoreAsync(fork, RestoreMoment.At(bookmark));
            Assert.Equal(dump, await fixture.DumpAsync(fork));
            Assert.Contains("while it was written", dump, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_large_snapshot_that_fails_is_taken_again()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var (large, _) = await CreateAsync(fixture);
        fixture.Travel.Changing = static () =>
        {
            if (Thread.CurrentThread.Name == LargeSnapshots.ThreadName)
            {
                throw new IOException("the disk does not want to");
            }
        };
        var fork = (await fixture.Travel.ForkAsync(large, moment: null, EngineFixture.New("fork"))).Id;
        await fixture.RunAsync(fork, "INSERT INTO t VALUES ('without a base')");
        await fixture.Travel.SealAsync();
        await fixture.Travel.SnapshotAsync();
        Assert.Equal(0, fixture.Count(PackLevel.Snapshots));
        fixture.Travel.Changing = null;

        await fixture.RunAsync(fork, "INSERT INTO t VALUES ('with it')");
        await fixture.Travel.SealAsync();
        await fixture.Travel.SnapshotAsync();
        var (bookmark, dump) = (fixture.Bookmark(fork), await fixture.DumpAsync(fork));
        await fixture.RunAsync(fork, "DELETE FROM t");
        await fixture.Travel.RestoreAsync(fork, RestoreMoment.At(bookmark));
        Assert.Equal(dump, await fixture.DumpAsync(fork));
    }

    [Fact]
    public async Task Commits_behind_a_gap_get_a_base_though_a_snapshot_of_before_it_is_being_written()
    {
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits
        {
            RestoresPerPeriodMax = int.MaxValue,
            LargeDatabaseBytes = 1024 * 1024,
            UnsealedBytesMax = 8 * 1024 * 1024,
        });
        var (large, _) = await CreateAsync(fixture);
        using var hold = new Hold(fixture);
        var fork = (await fixture.Travel.ForkAsync(large, moment: null, EngineFixture.New("fork"))).Id;
        await hold.Reached;
        fixture.Travel.Changing = () =>
        {
            hold.Pass();
            throw new IOException("the disk does not want to");
        };
        for (var value = 0; value < 30; value++)
        {
            await fixture.RunAsync(fork, "INSERT INTO t VALUES (randomblob(1000000))");
            await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.SealAsync());
        }

        fixture.Travel.Changing = hold.Pass;
        await fixture.RunAsync(fork, "INSERT INTO t VALUES ('behind the gap')");
        await fixture.Travel.SealAsync();
        hold.Release();
        await fixture.Travel.SnapshotAsync();
        await fixture.RunAsync(fork, "INSERT INTO t VALUES ('later')");
        await fixture.Travel.SealAsync();

        Assert.Equal(2, (await fixture.Travel.ListAsync(fork)).Count);
        var (bookmark, dump) = (fixture.Bookmark(fork), await fixture.DumpAsync(fork));
        await fixture.RunAsync(fork, "DELETE FROM t");
        await fixture.Travel.RestoreAsync(fork, RestoreMoment.At(bookmark));
        Assert.Equal(dump, await fixture.DumpAsync(fork));
    }

    /// <summary>Method: packs written by hand; a start looks at them.</summary>
    [Theory]
    [InlineData(5, 6, false)]
    [InlineData(6, 6, false)]
    [InlineData(4, 6, true)]
    [InlineData(0, 6, true)]
    [InlineData(0, 1, true)]
    public void Commits_whose_base_was_never_written_are_noticed_at_the_start(ulong snapshot, ulong firstCommit, bool isGap)
    {
        using var folder = new TempFolder();
        var history = HistoryFolder.Open(folder.Combine("history"));
        var id = new DatabaseId(Guid.Parse("00000000-0000-0000-0000-000000000001"));
        var packs = new List<PackInfo>();
        if (snapshot > 0)
        {
            packs.Add(Write(PackLevel.Snapshots, PackEntryKind.Snapshot, snapshot, snapshot));
        }

        packs.Add(Write(PackLevel.Commits, PackEntryKind.Commits, firstCommit, follows: firstCommit - 1));
        var found = new HistoryChains().Load(history, packs, NullLogger.Instance);
        Assert.Equal(isGap ? [id] : [], found);

        PackInfo Write(PackLevel level, PackEntryKind kind, ulong number, ulong follows)
        {
            var header = new PackHeader(level, 1, default, default);
            var name = HistoryFolder.NameOf((ulong)packs.Count + 1, header);
            using var writer = history.Begin(name, header);
            writer.Begin(id, kind, epoch: 1);
            var body = new byte[LogRecordHeader.TableBytes(1) + 512];
            body[0] = 1;
            writer.Add(new PackPart(number, follows, (long)number, 1, 512, 1, Continues: false), body);
            writer.End();
            return history.Publish(name, writer);
        }
    }

    private static async Task<(DatabaseId Large, DatabaseId Small)> CreateAsync(HistoryFixture fixture)
    {
        var (large, small) = (await fixture.CreateAsync("large"), await fixture.CreateAsync("small"));
        await fixture.RunAsync(large, "CREATE TABLE t(a); INSERT INTO t VALUES (hex(randomblob(1000000)))");
        await fixture.RunAsync(small, "CREATE TABLE t(a)");
        await fixture.Travel.SealAsync();
        return (large, small);
    }

    /// <summary>Holds large snapshots when all of their pages are written.</summary>
    private sealed class Hold : IDisposable
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Hold(HistoryFixture fixture) => fixture.Travel.Changing = Pass;

        public Task Reached => _reached.Task;

        public void Pass()
        {
            if (Thread.CurrentThread.Name == LargeSnapshots.ThreadName)
            {
                _reached.TrySetResult();
                _released.Wait();
            }
        }

        public void Release() => _released.Set();

        public void Dispose() => _released.Set();
    }
}

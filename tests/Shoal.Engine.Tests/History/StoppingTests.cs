using Shoal.Engine.History;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: a stop does not wait for what history does, and nothing half done counts.</summary>
public sealed class StoppingTests
{
    /// <summary>Method: the stop is asked for when the last block is opened, behind which only the check of the file comes.</summary>
    [Fact]
    public async Task The_check_of_a_file_that_was_put_together_is_interrupted()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a UNIQUE)");
        await fixture.RunAsync(id,
            "INSERT INTO t WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i || 'th row' FROM n");
        await fixture.Travel.SealAsync();
        var manifest = fixture.Travel.Manifest;
        var scratch = Path.Combine(fixture.Engine.TemporaryFolder, "built");
        await fixture.Engine.DisposeAsync();
        using var stop = new CancellationTokenSource();
        using var reading = new HistoryReading(manifest, HistoryFolder.Open(Path.Combine(fixture.Folder, "history")), static () => { });
        var history = reading.Find(id);
        var plan = history.Plans(history.Runs[^1].Epoch, history.Runs[^1].Last, reading.Holds).First();
        Assert.Single(plan.Blocks);
        var builder = new DatabaseBuilder(id, pack =>
        {
            stop.Cancel();
            return reading.Open(pack);
        })
        {
            Stopping = stop.Token,
        };

        Assert.Throws<OperationCanceledException>(() => builder.Build(plan, scratch, isDurable: false));

        // It was put together, so it was the check that ended.
        Assert.True(new FileInfo(scratch).Length > 500_000);
        await fixture.OpenAsync();
    }

    /// <summary>Method: two are put together at a time, so that the last of many still waits for its turn.</summary>
    [Fact]
    public async Task Forks_that_wait_for_their_turn_end_with_the_engine()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (randomblob(300000))");
        var then = RestoreMoment.At(fixture.Bookmark(id));
        var forks = Enumerable.Range(0, 40).Select(number => fixture.Travel.ForkAsync(id, then, EngineFixture.New($"copy-{number}"))).ToArray();

        await fixture.Engine.DisposeAsync();

        foreach (var fork in forks)
        {
            Assert.IsNotType<TimeoutException>(await Record.ExceptionAsync(() => fork.WaitAsync(TimeSpan.FromMinutes(2))));
        }

        Assert.Equal(EngineErrorKind.ShuttingDown, (await Assert.ThrowsAsync<EngineException>(() => forks[^1])).Kind);
        await fixture.OpenAsync();
    }

    /// <summary>Method: what a writer has in its hand that has just filled a segment is called when the engine is gone.</summary>
    [Fact]
    public async Task A_segment_that_begins_while_history_stops_wakes_nobody_and_breaks_nothing()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var begun = fixture.Travel.SegmentBegun!;
        await fixture.Engine.DisposeAsync();

        begun();

        await fixture.OpenAsync();
    }

    /// <summary>Method: a stop begins at each change of a file in turn, while the keeper goes on with its work.</summary>
    [Fact]
    public async Task A_stop_while_packs_are_put_together_loses_nothing_and_the_next_start_goes_on()
    {
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits { RestoresPerPeriodMax = int.MaxValue });
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var states = new List<(string Bookmark, string Dump)>();
        for (var value = 0; value < 12; value++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({value})");
            states.Add((fixture.Bookmark(id), await fixture.DumpAsync(id)));
            await fixture.Travel.SealAsync();
            fixture.Time.Advance(TimeSpan.FromMinutes(20));
        }

        var seen = 0;
        for (var point = 1; ; point++)
        {
            var changes = 0;
            Task? stopped = null;
            fixture.Travel.Changing = () =>
            {
                Interlocked.Increment(ref seen);
                if (Interlocked.Increment(ref changes) == point)
                {
                    stopped = Task.Run(async () => await fixture.Engine.DisposeAsync());
                }
            };

            // Its clock follows at this pace after a start.
            fixture.Time.Advance(point == 1 ? TimeSpan.FromDays(3) : TimeSpan.FromHours(4));
            var error = await Record.ExceptionAsync(() => fixture.Travel.CompactAsync());
            if (stopped is null)
            {
                Assert.Null(error);
                fixture.Travel.Changing = null;
                break;
            }

            Assert.True(error is null or EngineException { Kind: EngineErrorKind.ShuttingDown }, $"{error}");
            await stopped;
            await fixture.OpenAsync();
        }

        Assert.True(seen > 3, "a pack ends, gets its name, is in the manifest, and the others leave it");
        Assert.Null(fixture.Travel.Manifest.Work);
        Assert.Equal(0, fixture.Count(PackLevel.Commits));
        Assert.Equal(fixture.Travel.Manifest.Packs.Select(static pack => pack.Name).Order(StringComparer.Ordinal),
            fixture.PackFiles.Select(Path.GetFileName));
        foreach (var (bookmark, dump) in states)
        {
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
            Assert.Equal(dump, await fixture.DumpAsync(id));
        }
    }
}

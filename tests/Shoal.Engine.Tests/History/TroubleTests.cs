using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: what is damaged is named, what is whole can be restored, and what fails changes nothing.</summary>
public sealed class TroubleTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_missing_or_damaged_pack_is_named_with_the_nearest_states_and_ends_the_gap_at_the_next_start(bool isMissing)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var states = await WriteAsync(fixture, id, 9);
        var broken = fixture.PackFiles[4];
        if (isMissing)
        {
            File.Delete(broken);
        }
        else
        {
            Damage.Flip(broken, offset: 80);
        }

        var now = await fixture.DumpAsync(id);
        var error = await Assert.ThrowsAnyAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[4].Bookmark)));
        Assert.Contains(Path.GetFileName(broken), error.Message, StringComparison.Ordinal);
        Assert.Contains(states[3].Bookmark, error.Hint, StringComparison.Ordinal);
        Assert.Equal(now, await fixture.DumpAsync(id));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[3].Bookmark));
        Assert.Equal(states[3].Dump, await fixture.DumpAsync(id));

        // A missing index is noticed at the next start: then a snapshot ends the gap.
        File.Delete(broken);
        await fixture.RestartAsync();
        await fixture.RunAsync(id, "INSERT INTO t VALUES (100)");
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(id, "INSERT INTO t VALUES (101)");
        var (bookmark, dump) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        await fixture.RunAsync(id, "DELETE FROM t");
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
        Assert.Equal(dump, await fixture.DumpAsync(id));
    }

    /// <summary>
    /// Goal: damage in a part of the log that only history waits for costs its moments and nothing else.
    /// Method: restarts begin segments, until one says that what was before is needed by nobody; then a byte changes.
    /// </summary>
    [Fact]
    public async Task Damage_in_the_log_where_only_history_needs_it_is_a_gap_behind_which_history_goes_on()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(id, "INSERT INTO t VALUES ('lost to history')");
        var lost = fixture.Bookmark(id);
        for (var start = 0; start < 3; start++)
        {
            await fixture.RestartAsync();
            await fixture.RunAsync(id, $"CREATE TABLE other{start}(a)");
        }

        await fixture.Engine.DisposeAsync();
        var commit = LogDump.Read(fixture.Folder, from: null, withPages: false).Where(record => record.DatabaseId == id).ElementAt(1);
        Damage.Flip(commit.File, commit.OffsetBytes + 40);
        await fixture.OpenAsync();

        await fixture.RunAsync(id, "INSERT INTO t VALUES ('first behind')");
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(id, "INSERT INTO t VALUES ('second behind')");
        var (bookmark, dump) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        await fixture.RunAsync(id, "DELETE FROM t");
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));

        Assert.Equal(dump, await fixture.DumpAsync(id));
        Assert.Contains("lost to history", dump, StringComparison.Ordinal);
        Assert.Equal(EngineErrorKind.NotRestorable, (await Assert.ThrowsAsync<EngineException>(
            () => fixture.Travel.RestoreAsync(id, RestoreMoment.At(lost)))).Kind);
    }

    [Fact]
    public async Task Damage_behind_a_snapshot_does_not_matter()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var states = await WriteAsync(fixture, id, 4);
        fixture.Time.Advance(TimeSpan.FromDays(8));
        await fixture.RunAsync(id, "INSERT INTO t VALUES (-1)");
        await fixture.Travel.SealAsync();
        Assert.Equal(1, fixture.Count(PackLevel.Snapshots));
        var bookmark = fixture.Bookmark(id);
        var dump = await fixture.DumpAsync(id);
        await fixture.Travel.CompactAsync();
        Assert.True(fixture.Count(PackLevel.Daily) > 0);
        foreach (var pack in fixture.Travel.Manifest.Packs.Where(static pack => pack.Level == PackLevel.Daily))
        {
            Damage.Flip(Path.Combine(fixture.Folder, "history", pack.Name), offset: 80);
        }

        await fixture.RunAsync(id, "DELETE FROM t");
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
        Assert.Equal(dump, await fixture.DumpAsync(id));
        await Assert.ThrowsAnyAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[0].Bookmark)));
    }

    [Fact]
    public async Task Many_databases_are_restored_at_once_while_they_and_others_are_written()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var databases = new List<(DatabaseId Id, string Bookmark)>();
        for (var number = 0; number < 8; number++)
        {
            var id = await fixture.CreateAsync($"db-{number}");
            await fixture.RunAsync(id, $"CREATE TABLE t(a, b); INSERT INTO t VALUES ({number}, randomblob(50000))");
            databases.Add((id, fixture.Bookmark(id)));
            await fixture.RunAsync(id, "DELETE FROM t; INSERT INTO t VALUES (-1, randomblob(50000))");
        }

        var bystander = await fixture.CreateAsync("bystander");
        await fixture.RunAsync(bystander, "CREATE TABLE t(a)");
        var restores = databases.Select(one => fixture.Travel.RestoreAsync(one.Id, RestoreMoment.At(one.Bookmark))).ToArray();
        var writes = Enumerable.Range(0, 100).Select(value => fixture.RunAsync(bystander, $"INSERT INTO t VALUES ({value})"))
            .Concat(databases.Select(one => fixture.RunAsync(one.Id, "CREATE TABLE IF NOT EXISTS u(a); INSERT INTO u VALUES (1)"))).ToArray();
        await Task.WhenAll(writes);
        await Task.WhenAll(restores);

        Assert.Equal("100", await fixture.RunAsync(bystander, "SELECT count(*) FROM t"));
        foreach (var (number, (id, _)) in databases.Index())
        {
            Assert.Equal($"{number}|50000", await fixture.RunAsync(id, "SELECT a, length(b) FROM t"));
            Assert.Equal("ok", await fixture.RunAsync(id, "PRAGMA quick_check"));
        }
    }

    [Fact]
    public async Task Restores_to_different_moments_of_one_database_come_one_after_the_other()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var states = await WriteAsync(fixture, id, 6);

        var results = await Task.WhenAll(states.Select(state => fixture.Travel.RestoreAsync(id, RestoreMoment.At(state.Bookmark))));

        var last = results.MaxBy(static result => result.Current.Number)!;
        Assert.Equal(states.Single(state => state.Bookmark == last.Restored.ToString()).Dump, await fixture.DumpAsync(id));
        foreach (var result in results.Where(result => result != last))
        {
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Current.ToString()));
            Assert.Equal(states.Single(state => state.Bookmark == result.Restored.ToString()).Dump, await fixture.DumpAsync(id));
        }
    }

    [Fact]
    public async Task A_restore_on_a_full_disk_changes_nothing_and_can_be_repeated()
    {
        const long Mebibyte = 1024 * 1024;
        await using var fixture = await HistoryFixture.StartAsync(freeBytesMin: 50 * Mebibyte);
        fixture.FreeBytes = 100 * Mebibyte;
        var id = await fixture.CreateAsync("main");
        var states = await WriteAsync(fixture, id, 3);
        fixture.FreeBytes = 49 * Mebibyte;
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        foreach (var attempt in (Func<Task>[])
            [
                () => fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[0].Bookmark)),
                () => fixture.Travel.ForkAsync(id, RestoreMoment.At(states[0].Bookmark), EngineFixture.New("copy")),
            ])
        {
            var error = await Assert.ThrowsAnyAsync<EngineException>(attempt);
            Assert.Equal((EngineErrorKind.StorageUnavailable, true), (error.Kind, error.IsTransient));
        }

        Assert.Equal("3", await fixture.RunAsync(id, "SELECT count(*) FROM t"));
        fixture.FreeBytes = 100 * Mebibyte;
        fixture.Time.Advance(TimeSpan.FromSeconds(2));

        // The file that it is put together in can not be created.
        Directory.Move(fixture.Engine.TemporaryFolder, fixture.Engine.TemporaryFolder + "-away");
        var refused = await Assert.ThrowsAnyAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[0].Bookmark)));
        Assert.Equal(EngineErrorKind.StorageUnavailable, refused.Kind);
        Assert.Contains("nothing was changed", refused.Message, StringComparison.Ordinal);
        Assert.Equal(states[2].Dump, await fixture.DumpAsync(id));
        Directory.Move(fixture.Engine.TemporaryFolder + "-away", fixture.Engine.TemporaryFolder);
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[0].Bookmark));
        Assert.Equal(states[0].Dump, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task A_bookmark_that_somebody_asks_for_while_its_commit_is_being_left_out_stays()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var states = await WriteAsync(fixture, id, 5);
        await fixture.Travel.SealAsync();
        fixture.Time.Advance(TimeSpan.FromDays(1));
        await fixture.Travel.CompactAsync();
        var asked = 0;
        fixture.Travel.Changing = () =>
        {
            // What is left of the day is written, and the inputs are still there.
            if (Directory.GetFiles(Path.Combine(fixture.Folder, "history"), "*-4-*.new").Length > 0 && asked++ == 0)
            {
                Assert.Equal(states[1].Bookmark, fixture.Travel.FindBookmarkAsync(id, states[1].Time).GetAwaiter().GetResult().ToString());
            }
        };
        fixture.Time.Advance(TimeSpan.FromDays(3));
        await fixture.Travel.CompactAsync();
        fixture.Travel.Changing = null;

        Assert.Equal((0, 0), (fixture.Count(PackLevel.Commits), fixture.Count(PackLevel.Hourly)));
        await Assert.ThrowsAnyAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[2].Bookmark)));
        Assert.True(asked > 0);
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[1].Bookmark));
        Assert.Equal(states[1].Dump, await fixture.DumpAsync(id));
        Assert.Equal(fixture.Travel.Manifest.Packs.Select(static pack => pack.Name).Order(StringComparer.Ordinal),
            fixture.PackFiles.Select(Path.GetFileName));
    }

    /// <summary>One commit and one pack per state, all within a minute.</summary>
    private static async Task<List<(string Bookmark, string Dump, DateTimeOffset Time)>> WriteAsync(HistoryFixture fixture, DatabaseId id, int count)
    {
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var states = new List<(string, string, DateTimeOffset)>();
        for (var value = 0; value < count; value++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({value})");
            states.Add((fixture.Bookmark(id), await fixture.DumpAsync(id), fixture.Time.GetUtcNow()));
            await fixture.Travel.SealAsync();
        }

        return states;
    }
}

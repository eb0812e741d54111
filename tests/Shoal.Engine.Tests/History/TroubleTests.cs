using Shoal.Engine.Doctor;
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

    /// <summary>Method: twice, because a start that deletes what no manifest names would be refused only once.</summary>
    [Fact]
    public async Task Packs_without_a_manifest_stay_and_nothing_starts_until_it_is_back_or_they_are_moved_away()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var states = await WriteAsync(fixture, id, 3);
        await fixture.RunAsync(id, "INSERT INTO t VALUES ('only in the log')");
        states.Add((fixture.Bookmark(id), await fixture.DumpAsync(id), fixture.Time.GetUtcNow()));
        await fixture.Engine.DisposeAsync();
        var (folder, packs) = (Path.Combine(fixture.Folder, "history"), fixture.PackFiles);
        var manifest = Path.Combine(folder, "MANIFEST");
        File.Move(manifest, manifest + "-away");

        for (var start = 0; start < 2; start++)
        {
            var error = await Assert.ThrowsAsync<EngineException>(() => fixture.OpenAsync());
            Assert.Equal(EngineErrorKind.Corruption, error.Kind);
            Assert.Contains(folder, error.Message, StringComparison.Ordinal);
            Assert.Contains("all of history/ together, or move the folder away", error.Hint, StringComparison.Ordinal);
            Assert.Equal(packs, fixture.PackFiles);
        }

        File.Move(manifest + "-away", manifest);
        await fixture.OpenAsync();
        foreach (var (bookmark, dump, _) in states)
        {
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
            Assert.Equal(dump, await fixture.DumpAsync(id));
        }

        await fixture.Engine.DisposeAsync();
        File.Delete(manifest);
        Directory.Move(folder, fixture.NewFolder());
        fixture.Time.Advance(TimeSpan.FromHours(1));
        await fixture.OpenAsync();

        // Nobody knows any more what it was then; that it was empty when it was created says nothing of it.
        var unknown = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[^1].Time)));
        Assert.Equal(EngineErrorKind.NotRestorable, unknown.Kind);
        Assert.Equal(states[^1].Dump, await fixture.DumpAsync(id));
    }

    [Fact]
    public void What_a_first_start_leaves_that_ended_before_its_manifest_was_there_does_not_keep_the_next_from_starting()
    {
        using var folder = new TempFolder();
        var history = folder.Combine("history");
        Directory.CreateDirectory(history);
        File.WriteAllText(Path.Combine(history, "MANIFEST.new"), "shoal-hist");
        File.WriteAllText(Path.Combine(history, "00000001-00000001-0-0000000000000000-0000000000000001.pack.new"), "");

        Assert.Null(HistoryFolder.Open(history).Stored);
        Assert.Empty(Directory.GetFiles(history));
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

    /// <summary>Method: as above, and then the segment's file is deleted.</summary>
    [Fact]
    public async Task A_deleted_segment_that_history_did_not_have_yet_is_named_by_doctor_and_is_a_gap()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var (id, calm) = (await fixture.CreateAsync("main"), await fixture.CreateAsync("calm"));
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.RunAsync(calm, "CREATE TABLE t(a)");
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(id, "INSERT INTO t VALUES ('lost to history')");
        await fixture.RunAsync(calm, "INSERT INTO t VALUES ('not written again')");
        var lost = fixture.Bookmark(id);
        for (var start = 0; start < 3; start++)
        {
            await fixture.RestartAsync();
            await fixture.RunAsync(id, $"CREATE TABLE other{start}(a)");
        }

        await fixture.Engine.DisposeAsync();
        var before = DataFolderDoctor.Examine(
            new DoctorOptions { DataFolder = fixture.Folder }, progress: null, CancellationToken.None);
        Assert.DoesNotContain(before.Findings, static finding => finding.Message.Contains("missing", StringComparison.Ordinal));
        File.Delete(LogDump.Read(fixture.Folder, from: null, withPages: false).Where(record => record.DatabaseId == id).ElementAt(1).File);
        var report = DataFolderDoctor.Examine(
            new DoctorOptions { DataFolder = fixture.Folder }, progress: null, CancellationToken.None);
        var finding = Assert.Single(report.Findings, static finding => finding.Message.Contains("are missing", StringComparison.Ordinal));
        Assert.Contains("Time Travel lacks the moments", finding.Hint, StringComparison.Ordinal);
        await fixture.OpenAsync();

        await fixture.RunAsync(id, "INSERT INTO t VALUES ('behind')");
        await fixture.Travel.SealAsync();
        Assert.Equal(2, (await fixture.Travel.ListAsync(id)).Count);
        Assert.Equal(EngineErrorKind.NotRestorable, (await Assert.ThrowsAsync<EngineException>(
            () => fixture.Travel.RestoreAsync(id, RestoreMoment.At(lost)))).Kind);
        Assert.Equal([fixture.Bookmark(id), fixture.Bookmark(calm)],
            [(await fixture.Travel.ListAsync(id))[^1].Last.ToString(), (await fixture.Travel.ListAsync(calm))[^1].Last.ToString()]);
        await fixture.RunAsync(calm, "DELETE FROM t");
        var range = (await fixture.Travel.ListAsync(calm))[1];
        await fixture.Travel.RestoreAsync(calm, RestoreMoment.At(range.First.ToString()));
        Assert.Equal("not written again", await fixture.RunAsync(calm, "SELECT a FROM t"));
    }

    /// <summary>Method: a segment per start, of which the second is deleted; the sealed part ends before the first.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_lies_before_a_missing_or_damaged_segment_is_sealed_and_only_the_gap_is_lost(bool isMissing)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var (id, calm) = (await fixture.CreateAsync("main"), await fixture.CreateAsync("calm"));
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.RunAsync(calm, "CREATE TABLE t(a)");
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(calm, "INSERT INTO t VALUES ('before the gap')");
        var (kept, lost) = (new List<(DatabaseId Id, string Bookmark, string Dump)>(), new List<string>());
        for (var start = 0; start < 5; start++)
        {
            for (var value = 0; value < 3; value++)
            {
                await fixture.RunAsync(id, $"INSERT INTO t VALUES ({start * 10 + value})");
                if (start == 0)
                {
                    kept.Add((id, fixture.Bookmark(id), await fixture.DumpAsync(id)));
                }
                else if (start == 1)
                {
                    lost.Add(fixture.Bookmark(id));
                }
            }

            await fixture.RestartAsync();
        }

        await fixture.RunAsync(calm, "INSERT INTO t VALUES ('behind the gap')");
        kept.Add((calm, fixture.Bookmark(calm), await fixture.DumpAsync(calm)));
        await fixture.RunAsync(calm, "DELETE FROM t");
        await fixture.Engine.DisposeAsync();
        var first = LogDump.Read(fixture.Folder, from: null, withPages: false).Where(record => record.DatabaseId == id).ElementAt(4);
        if (isMissing)
        {
            File.Delete(first.File);
        }
        else
        {
            Damage.Flip(first.File, first.OffsetBytes + 40);
        }

        var report = DataFolderDoctor.Examine(new DoctorOptions { DataFolder = fixture.Folder }, progress: null, CancellationToken.None);
        Assert.Single(report.Findings, finding => finding.Severity == DoctorSeverity.Problem
            && finding.Message.Contains(isMissing ? "are missing" : "does not verify", StringComparison.Ordinal));
        await fixture.OpenAsync();
        foreach (var (database, bookmark, dump) in kept)
        {
            await fixture.Travel.RestoreAsync(database, RestoreMoment.At(bookmark));
            Assert.Equal(dump, await fixture.DumpAsync(database));
        }

        foreach (var bookmark in lost)
        {
            Assert.Equal(EngineErrorKind.NotRestorable, (await Assert.ThrowsAsync<EngineException>(
                () => fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark)))).Kind);
        }
    }

    /// <summary>Method: the first part of a large commit is in a segment that is deleted, and the commit before it is sealed.</summary>
    [Fact]
    public async Task The_end_of_a_commit_whose_beginning_is_missing_is_not_taken_for_a_commit()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var (id, filler) = (await fixture.CreateAsync("main"), await fixture.CreateAsync("filler"));
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.RunAsync(filler, "CREATE TABLE t(a)");
        await fixture.Travel.SealAsync();
        for (var value = 0; value < 3; value++)
        {
            await fixture.RunAsync(filler, "INSERT INTO t VALUES (randomblob(1500000))");
        }

        await fixture.RunAsync(id, "INSERT INTO t VALUES (randomblob(5000000))");
        var (bookmark, dump) = (fixture.Bookmark(id), await fixture.DumpAsync(id));
        for (var start = 0; start < 3; start++)
        {
            await fixture.RestartAsync();
        }

        await fixture.Engine.DisposeAsync();
        var parts = LogDump.Read(fixture.Folder, from: null, withPages: false).Where(record => record.DatabaseId == id).Skip(1).ToArray();
        Assert.NotEqual(parts[0].File, parts[^1].File);
        File.Delete(parts[0].File);
        await fixture.OpenAsync();
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(id, "DELETE FROM t");

        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
        Assert.Equal(dump, await fixture.DumpAsync(id));
    }

    [Fact]
    public async Task Sealing_that_failed_at_any_change_of_a_file_goes_on_though_nothing_else_is_written()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.Travel.SealAsync();
        var states = new List<(string Bookmark, string Dump)>();
        var hasFailed = true;
        for (var failing = 1; hasFailed; failing++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({failing})");
            states.Add((fixture.Bookmark(id), await fixture.DumpAsync(id)));
            var changes = 0;
            fixture.Travel.Changing = () =>
            {
                if (Interlocked.Increment(ref changes) == failing)
                {
                    throw new IOException("the disk does not want to");
                }
            };
            hasFailed = await Record.ExceptionAsync(() => fixture.Travel.SealAsync()) is EngineException;
            fixture.Travel.Changing = null;
            await fixture.Travel.SealAsync();
        }

        Assert.True(states.Count > 3, "sealing has at least these changes: a pack ends, gets its name, is in the manifest");
        foreach (var (bookmark, dump) in states)
        {
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
            Assert.Equal(dump, await fixture.DumpAsync(id));
        }
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
    public async Task A_moment_that_an_unreadable_pack_may_have_is_not_answered_with_an_older_state()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var states = new List<(DateTimeOffset Time, string Bookmark)>();
        for (var number = 0; number < 3; number++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({number})");
            states.Add((fixture.Time.GetUtcNow(), fixture.Bookmark(id)));
            await fixture.Travel.SealAsync();
            fixture.Time.Advance(TimeSpan.FromMinutes(1));
        }

        var damaged = fixture.Travel.Manifest.Packs.Where(static pack => pack.Level == PackLevel.Commits).ElementAt(1);
        var path = Path.Combine(fixture.Folder, "history", damaged.Name);
        Damage.Flip(path, new FileInfo(path).Length - 4);

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.FindBookmarkAsync(id, states[1].Time));
        Assert.Equal(EngineErrorKind.NotRestorable, error.Kind);
        Assert.Contains(damaged.Name, error.Message, StringComparison.Ordinal);
        Assert.Contains(states[0].Bookmark, error.Hint, StringComparison.Ordinal);
        Assert.Equal(states[0].Bookmark, (await fixture.Travel.FindBookmarkAsync(id, states[0].Time)).ToString());
        Assert.Equal(states[2].Bookmark, (await fixture.Travel.FindBookmarkAsync(id, states[2].Time)).ToString());
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

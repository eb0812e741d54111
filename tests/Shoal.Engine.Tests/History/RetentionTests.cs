using Shoal.Engine.History;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: history goes when its time, or its room, is over, and not before; gaps are as small as can be.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task What_is_older_than_promised_goes_and_the_state_at_that_moment_stays()
    {
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits { RestoresPerPeriodMax = int.MaxValue });
        var (busy, calm) = (await fixture.CreateAsync("busy"), await fixture.CreateAsync("calm"));
        await fixture.RunAsync(calm, "CREATE TABLE t(a); INSERT INTO t VALUES ('calm')");
        var calmBookmark = fixture.Bookmark(calm);
        await fixture.RunAsync(busy, "CREATE TABLE t(a, b)");
        var days = new List<(string Bookmark, DateTimeOffset Time)>();
        for (var day = 0; day < 70; day++)
        {
            await fixture.RunAsync(busy, $"INSERT INTO t VALUES ({day}, hex(randomblob(20000)))");
            days.Add((fixture.Bookmark(busy), fixture.Time.GetUtcNow()));
            fixture.Time.Advance(TimeSpan.FromDays(1));
            await fixture.Travel.CompactAsync();
            await fixture.Travel.ExpireAsync();
        }

        var ranges = await fixture.Travel.ListAsync(busy);
        Assert.Equal(EngineErrorKind.NotRestorable, (await Assert.ThrowsAsync<EngineException>(
            () => fixture.Travel.RestoreAsync(busy, RestoreMoment.At(days[5].Bookmark)))).Kind);
        Assert.InRange(fixture.Time.GetUtcNow() - ranges[0].FirstTime, TimeSpan.FromDays(30), TimeSpan.FromDays(45));
        foreach (var (bookmark, time) in days.Skip(41))
        {
            Assert.Equal(bookmark, (await fixture.Travel.FindBookmarkAsync(busy, time)).ToString());
        }

        await fixture.Travel.RestoreAsync(busy, RestoreMoment.At(days[41].Time.AddHours(12)));
        Assert.Equal("41", await fixture.RunAsync(busy, "SELECT max(a) FROM t"));

        // It was like that all the time, so its one commit, long ago, stays.
        var moment = fixture.Time.GetUtcNow().AddDays(-20);
        Assert.Equal(calmBookmark, (await fixture.Travel.FindBookmarkAsync(calm, moment)).ToString());
        await fixture.Travel.RestoreAsync(calm, RestoreMoment.At(moment));
        Assert.Equal("calm", await fixture.RunAsync(calm, "SELECT a FROM t"));
    }

    [Fact]
    public async Task History_of_single_databases_is_kept_for_a_shorter_or_a_longer_time()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var (brief, usual, lasting) = (await fixture.CreateAsync("brief"), await fixture.CreateAsync("usual"), await fixture.CreateAsync("lasting"));
        await fixture.Travel.SetRetentionAsync(brief, 7);
        await fixture.Travel.SetRetentionAsync(lasting, 60);
        await fixture.RestartAsync();
        Assert.Equal((TimeSpan.FromDays(7), false), fixture.Travel.GetRetention(brief));
        Assert.Equal((TimeSpan.FromDays(30), true), fixture.Travel.GetRetention(usual));
        DatabaseId[] all = [brief, usual, lasting];
        await Task.WhenAll(all.Select(id => fixture.RunAsync(id, "CREATE TABLE t(a, b)")));
        for (var day = 0; day < 80; day++)
        {
            await Task.WhenAll(all.Select(id => fixture.RunAsync(id, $"INSERT INTO t VALUES ({day}, hex(randomblob(9000)))")));
            fixture.Time.Advance(TimeSpan.FromDays(1));
            await fixture.Travel.CompactAsync();
            await fixture.Travel.ExpireAsync();
        }

        foreach (var (id, daysMin, daysMax) in new[] { (brief, 7, 12), (usual, 30, 35), (lasting, 60, 79) })
        {
            var oldest = (await fixture.Travel.ListAsync(id))[0].FirstTime;
            Assert.InRange((fixture.Time.GetUtcNow() - oldest).TotalDays, daysMin, daysMax);
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(fixture.Time.GetUtcNow().AddDays(-daysMin).AddHours(1)));
            Assert.Equal($"{80 - daysMin}", await fixture.RunAsync(id, "SELECT max(a) FROM t"));
        }

        // What is too old is not only out of sight.
        var cutoff = fixture.Time.GetUtcNow().AddDays(-12).ToUnixTimeMilliseconds() * 1000;
        Assert.DoesNotContain(fixture.PackFiles.SelectMany(EntriesOf), entry => entry.Database == brief && entry.LastTime < cutoff);

        await Task.WhenAll(all.Select(id => fixture.Engine.DeleteDatabaseAsync(id)));
        fixture.Time.Advance(TimeSpan.FromDays(8));
        await fixture.Travel.ExpireAsync();
        Assert.Equal(["lasting", "usual"], (await fixture.Travel.ListDroppedAsync("a")).Select(static one => one.Name).Order());
        fixture.Time.Advance(TimeSpan.FromDays(30));
        await fixture.Travel.ExpireAsync();
        Assert.Equal("lasting", Assert.Single(await fixture.Travel.ListDroppedAsync("a")).Name);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3651)]
    [InlineData(int.MaxValue)]
    public async Task A_time_that_history_can_not_be_kept_is_refused_and_null_is_that_of_others(int days)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.Travel.SetRetentionAsync(id, 3650);

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.SetRetentionAsync(id, days));

        Assert.Equal(EngineErrorKind.InvalidArgument, error.Kind);
        Assert.Equal((TimeSpan.FromDays(3650), false), fixture.Travel.GetRetention(id));
        await fixture.Travel.SetRetentionAsync(id, null);
        Assert.Equal((TimeSpan.FromDays(30), true), fixture.Travel.GetRetention(id));
    }

    /// <summary>Of one database among many history is kept for longer: that of the others goes, and what that costs has a bound.</summary>
    [Fact]
    public async Task Packs_are_not_copied_each_hour_for_the_sake_of_databases_with_a_shorter_time()
    {
        const int Days = 20;
        const int Shorter = 10;
        var limits = new HistoryLimits { Retention = TimeSpan.FromDays(100), SnapshotInterval = TimeSpan.FromDays(2) };
        await using var fixture = await HistoryFixture.StartAsync(limits);
        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => fixture.CreateAsync($"main-{number}")));
        await Task.WhenAll(all.Select(id => fixture.RunAsync(id, "CREATE TABLE t(a, b)")));
        for (var hour = 0; hour < Days * 24; hour++)
        {
            // Each writes at an hour of its own, so that its snapshots have a time of their own.
            await fixture.RunAsync(all[hour % all.Length], $"INSERT INTO t VALUES ({hour}, hex(randomblob(500)))");
            fixture.Time.Advance(TimeSpan.FromHours(1));
            await fixture.Travel.CompactAsync();
        }

        // From here on nothing is written, so that packs are copied only to leave something out.
        fixture.Time.Advance(TimeSpan.FromDays(2));
        await fixture.Travel.CompactAsync();
        await Task.WhenAll(all.Skip(1).Select(id => fixture.Travel.SetRetentionAsync(id, Shorter)));
        await fixture.Travel.ExpireAsync();
        var (packs, next) = (fixture.Travel.Manifest.Packs.Count, fixture.Travel.Manifest.NextPack);
        for (var hour = 0; hour < 4 * 24; hour++)
        {
            fixture.Time.Advance(TimeSpan.FromHours(1));
            await fixture.Travel.ExpireAsync();
        }

        Assert.InRange((int)(fixture.Travel.Manifest.NextPack - next), 1, packs);
        var cutoff = fixture.Time.GetUtcNow().AddDays(-Shorter - 2 - 2).ToUnixTimeMilliseconds() * 1000;
        var entries = fixture.PackFiles.SelectMany(EntriesOf).ToArray();
        Assert.DoesNotContain(entries, entry => entry.Database != all[0] && entry.LastTime < cutoff);
        Assert.Contains(entries, entry => entry.Database == all[0] && entry.LastTime < cutoff);
    }

    private static PackEntry[] EntriesOf(string pack)
    {
        using var reader = PackReader.Open(pack);
        return [.. reader.ReadIndex()];
    }

    [Fact]
    public async Task Past_its_size_the_oldest_goes_first_and_the_newest_can_be_restored()
    {
        const long Budget = 6_000_000;
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits { RestoresPerPeriodMax = int.MaxValue, BytesMax = Budget });
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a, b)");
        var states = new List<(string Bookmark, string Dump)>();
        for (var value = 0; value < 60; value++)
        {
            await fixture.RunAsync(id, $"DELETE FROM t; INSERT INTO t VALUES ({value}, randomblob(300000))");
            states.Add((fixture.Bookmark(id), await fixture.DumpAsync(id)));
            await fixture.Travel.SealAsync();
        }

        Assert.True(fixture.Travel.Manifest.PackBytes > 2 * Budget, $"{fixture.Travel.Manifest.PackBytes} bytes");
        await fixture.Travel.ExpireAsync();

        Assert.InRange(fixture.Travel.Manifest.PackBytes, 4 * 300_000, Budget + 3_000_000);
        Assert.Equal(fixture.Travel.Manifest.PackBytes, fixture.PackFiles.Sum(static file => new FileInfo(file).Length));
        await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(states[3].Bookmark)));
        foreach (var (bookmark, dump) in states.TakeLast(4))
        {
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
            Assert.Equal(dump, await fixture.DumpAsync(id));
        }
    }

    /// <summary>Method: snapshots of many days in one pack, as they are after a while, and then a budget for half of it.</summary>
    [Fact]
    public async Task Past_its_size_no_more_goes_than_has_to_also_when_snapshots_of_many_days_are_in_one_pack()
    {
        const int Days = 40;
        var limits = new HistoryLimits { RestoresPerPeriodMax = int.MaxValue, SnapshotInterval = TimeSpan.FromHours(12), Retention = TimeSpan.FromDays(90) };
        await using var fixture = await HistoryFixture.StartAsync(limits);
        var (busy, calm) = (await fixture.CreateAsync("busy"), await fixture.CreateAsync("calm"));
        await fixture.RunAsync(calm, "CREATE TABLE t(a); INSERT INTO t VALUES ('calm')");
        await fixture.RunAsync(busy, "CREATE TABLE t(a, b)");
        var states = new List<(string Bookmark, string Dump)>();
        for (var day = 0; day < Days; day++)
        {
            await fixture.RunAsync(busy, $"DELETE FROM t; INSERT INTO t VALUES ({day}, randomblob(50000))");
            states.Add((fixture.Bookmark(busy), await fixture.DumpAsync(busy)));
            fixture.Time.Advance(TimeSpan.FromDays(1));
            await fixture.Travel.SealAsync();
        }

        await fixture.Travel.CompactAsync();
        Assert.Contains(fixture.Travel.Manifest.Packs, static pack => pack.Level == PackLevel.Snapshots
            && pack.LastTime - pack.FirstTime > TimeSpan.FromDays(10).TotalMicroseconds);
        var budget = fixture.Travel.Manifest.PackBytes / 2;
        await fixture.RestartAsync(limits: limits with { BytesMax = budget });
        await fixture.Travel.ExpireAsync();

        // What goes with a day is its commit and its snapshot; a pack may keep an eighth that is not needed.
        Assert.InRange(fixture.Travel.Manifest.PackBytes, budget - 3 * 60_000, budget + budget / 7);
        var gone = 0;
        foreach (var (bookmark, dump) in states)
        {
            try
            {
                var fork = await fixture.Travel.ForkAsync(busy, RestoreMoment.At(bookmark), EngineFixture.New($"fork-{bookmark}"));
                Assert.Equal(dump, await fixture.DumpAsync(fork.Id));
                await fixture.Engine.DeleteDatabaseAsync(fork.Id);
            }
            catch (EngineException error) when (error.Kind == EngineErrorKind.NotRestorable)
            {
                Assert.Equal(states[gone++].Bookmark, bookmark);
            }
        }

        Assert.InRange(gone, Days / 2 - 4, Days / 2 + 2);
        Assert.Equal(Assert.Single(await fixture.Travel.ListAsync(calm)).Last.ToString(), fixture.Bookmark(calm));
    }

    [Fact]
    public async Task When_packs_can_not_be_written_for_long_there_is_a_gap_and_history_goes_on_behind_it()
    {
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits
        {
            RestoresPerPeriodMax = int.MaxValue,
            UnsealedBytesMax = 8 * 1024 * 1024,
        });
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a, b); INSERT INTO t VALUES (0, 'before')");
        var before = fixture.Bookmark(id);
        await fixture.Travel.SealAsync();
        fixture.Travel.Changing = static () => throw new IOException("the disk does not want to");
        var (lost, lostAt) = ("", default(DateTimeOffset));
        for (var value = 1; value <= 30; value++)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(2));
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({value}, randomblob(1000000))");
            (lost, lostAt) = value == 5 ? (fixture.Bookmark(id), fixture.Time.GetUtcNow().AddSeconds(1)) : (lost, lostAt);
            var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.SealAsync());
            Assert.Equal(EngineErrorKind.StorageUnavailable, error.Kind);
        }

        fixture.Travel.Changing = null;
        await fixture.Travel.SealAsync();
        await fixture.RunAsync(id, "INSERT INTO t VALUES (31, 'after')");
        var after = fixture.Bookmark(id);
        await fixture.RunAsync(id, "DELETE FROM t");

        foreach (var moment in new[] { RestoreMoment.At(lost), RestoreMoment.At(lostAt) })
        {
            var refused = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, moment));
            Assert.Equal(EngineErrorKind.NotRestorable, refused.Kind);
            Assert.Contains(before, refused.Hint, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await fixture.Travel.ListAsync(id)).Count);
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(after));
        Assert.Equal("32|31", await fixture.RunAsync(id, "SELECT count(*), max(a) FROM t"));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(before));
        Assert.Equal("before", await fixture.RunAsync(id, "SELECT b FROM t"));
    }

    [Fact]
    public async Task Small_packs_of_snapshots_become_one()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var forks = new List<DatabaseId>();
        for (var copy = 0; copy < HistoryMerger.PacksAtOnce + 4; copy++)
        {
            forks.Add((await fixture.Travel.ForkAsync(id, moment: null, EngineFixture.New($"copy-{copy}"))).Id);
        }

        await fixture.Travel.CompactAsync();

        Assert.InRange(fixture.Count(PackLevel.Snapshots), 1, HistoryMerger.PacksAtOnce - 1);
        foreach (var fork in forks)
        {
            var then = fixture.Bookmark(fork);
            await fixture.RunAsync(fork, "DELETE FROM t");
            await fixture.Travel.RestoreAsync(fork, RestoreMoment.At(then));
            Assert.Equal("1", await fixture.RunAsync(fork, "SELECT a FROM t"));
        }
    }

    [Fact]
    public async Task A_damaged_pack_of_a_snapshot_stays_and_the_others_become_one()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var forks = new List<DatabaseId>();
        var damaged = "";
        for (var copy = 0; copy < HistoryMerger.PacksAtOnce + 4; copy++)
        {
            forks.Add((await fixture.Travel.ForkAsync(id, moment: null, EngineFixture.New($"copy-{copy}"))).Id);
            if (copy == 3)
            {
                await fixture.Travel.SealAsync();
                damaged = fixture.Travel.Manifest.Packs.First(static pack => pack.Level == PackLevel.Snapshots).Name;
                Damage.Flip(Path.Combine(fixture.Folder, "history", damaged), offset: 80);
            }
        }

        await fixture.Travel.CompactAsync();

        Assert.InRange(fixture.Count(PackLevel.Snapshots), 2, HistoryMerger.PacksAtOnce - 1);
        Assert.Contains(fixture.Travel.Manifest.Packs, pack => pack.Name == damaged);
        foreach (var fork in forks.Skip(1))
        {
            var then = fixture.Bookmark(fork);
            await fixture.RunAsync(fork, "DELETE FROM t");
            await fixture.Travel.RestoreAsync(fork, RestoreMoment.At(then));
            Assert.Equal("1", await fixture.RunAsync(fork, "SELECT a FROM t"));
        }
    }

    /// <summary>Method: two packs of which little is needed any more, and that little is damaged in the first.</summary>
    [Fact]
    public async Task A_pack_of_which_what_is_needed_is_damaged_stays_and_others_go_on_becoming_smaller()
    {
        var limits = new HistoryLimits { HourlySpan = TimeSpan.FromDays(10_000), DailySpan = TimeSpan.FromDays(10_000) };
        await using var fixture = await HistoryFixture.StartAsync(limits);
        var (gone, kept) = (await fixture.CreateAsync("gone"), await fixture.CreateAsync("kept"));
        await fixture.Travel.SetRetentionAsync(gone, 1);
        foreach (var sql in (string[])["CREATE TABLE t(a, b)", "INSERT INTO t VALUES (1, 2)"])
        {
            await fixture.RunAsync(kept, sql);
            await fixture.RunAsync(gone, sql);
            await fixture.RunAsync(gone, "INSERT INTO t VALUES (3, hex(randomblob(50000)))");
            await fixture.Travel.SealAsync();
        }

        Assert.Equal(2, fixture.PackFiles.Count);
        var (damaged, whole) = (fixture.PackFiles[0], fixture.PackFiles[1]);
        Damage.Flip(damaged, EntriesOf(damaged).Single(entry => entry.Database == kept).Offset);
        await fixture.Engine.DeleteDatabaseAsync(gone);
        fixture.Time.Advance(TimeSpan.FromDays(2));
        await fixture.Travel.ExpireAsync();
        await fixture.Travel.ExpireAsync();

        Assert.Contains(damaged, fixture.PackFiles);
        Assert.DoesNotContain(whole, fixture.PackFiles);
        var others = fixture.PackFiles.Where(file => file != damaged).SelectMany(EntriesOf).ToArray();
        Assert.Contains(others, entry => entry.Database == kept);
        Assert.DoesNotContain(others, entry => entry.Database == gone);
    }

    [Fact]
    public async Task What_is_deleted_or_gets_a_name_while_the_clock_is_far_behind_stays_as_long_as_is_promised()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var (deleted, named) = (await fixture.CreateAsync("deleted"), await fixture.CreateAsync("named"));
        await fixture.RunAsync(deleted, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.RunAsync(named, "CREATE TABLE t(a)");
        await fixture.Travel.SealAsync();
        var behind = TimeSpan.FromDays(20 * 365);
        fixture.Time.Jump(-behind);
        await fixture.RestartAsync();
        await fixture.Engine.DeleteDatabaseAsync(deleted);
        await fixture.Travel.NameAsync(named, "release", moment: null);
        fixture.Time.Jump(behind);
        await fixture.Travel.ExpireAsync();

        Assert.Equal("deleted", Assert.Single(await fixture.Travel.ListDroppedAsync("a")).Name);
        var again = await fixture.Travel.ForkAsync(deleted, moment: null, EngineFixture.New("again"));
        Assert.Equal("1", await fixture.RunAsync(again.Id, "SELECT a FROM t"));
        Assert.Equal("release", Assert.Single(await fixture.Travel.ListNamesAsync(named)).Name);

        fixture.Time.Advance(TimeSpan.FromDays(31));
        await fixture.Travel.ExpireAsync();
        Assert.Empty(await fixture.Travel.ListDroppedAsync("a"));
        Assert.Empty(await fixture.Travel.ListNamesAsync(named));
    }

    [Fact]
    public async Task A_clock_that_jumps_ten_years_ahead_and_back_loses_nothing()
    {
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits { RestoresPerPeriodMax = int.MaxValue });
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var bookmarks = new List<string>();
        for (var value = 0; value < 10; value++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({value})");
            bookmarks.Add(fixture.Bookmark(id));
        }

        await fixture.Travel.SealAsync();
        foreach (var jump in (TimeSpan[])[TimeSpan.FromDays(3650), TimeSpan.FromDays(-3650)])
        {
            fixture.Time.Jump(jump);
            await fixture.Travel.ExpireAsync();
            await fixture.Travel.CompactAsync();
            await fixture.RestartAsync();
            await fixture.Travel.ExpireAsync();
            await fixture.Travel.CompactAsync();
            await fixture.RunAsync(id, $"INSERT INTO t VALUES (0)");
            bookmarks.Add(fixture.Bookmark(id));
        }

        Assert.Equal(bookmarks.Order(StringComparer.Ordinal), bookmarks);
        foreach (var (index, bookmark) in bookmarks.Index())
        {
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
            Assert.Equal($"{index + 1}", await fixture.RunAsync(id, "SELECT count(*) FROM t"));
        }
    }
}

using Shoal.Engine.History;
using Shoal.PowerCut.Load;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: putting packs together makes history smaller, and takes nothing away that is promised.</summary>
public sealed class CompactionTests
{
    private static readonly HistoryLimits Limits = new() { RestoresPerPeriodMax = int.MaxValue };

    /// <summary>Sealing so much goes on by itself, with pauses, while the process ends.</summary>
    [Fact]
    public async Task A_crash_while_much_is_being_sealed_loses_no_state()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var states = new List<(DateTimeOffset Time, string Bookmark)>();
        for (var index = 0; index < 30; index++)
        {
            await fixture.RunAsync(id, "INSERT INTO t VALUES (randomblob(1000000))");
            states.Add((fixture.Time.GetUtcNow(), fixture.Bookmark(id)));
        }

        fixture.Time.Advance(TimeSpan.FromHours(2));
        await fixture.CrashAsync();
        fixture.Time.Advance(TimeSpan.FromHours(2));

        foreach (var (time, bookmark) in states)
        {
            Assert.Equal(bookmark, (await fixture.Travel.FindBookmarkAsync(id, time)).ToString());
        }
    }

    [Fact]
    public async Task The_packs_of_an_hour_become_one_that_has_every_commit()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var (first, second) = (await fixture.CreateAsync("first"), await fixture.CreateAsync("second"));
        var states = await WriteAsync(fixture, [first, second], commits: 40, sealEvery: 8);
        var before = fixture.Travel.Manifest;
        Assert.Equal(10, fixture.Count(PackLevel.Commits));

        fixture.Time.Advance(TimeSpan.FromHours(3));
        await fixture.Travel.CompactAsync();

        var after = fixture.Travel.Manifest;
        Assert.Equal((0, 1), (fixture.Count(PackLevel.Commits), fixture.Count(PackLevel.Hourly)));
        Assert.True(after.PackBytes < before.PackBytes, $"{before.PackBytes} bytes became {after.PackBytes}");
        Assert.Equal(after.Packs.Select(static pack => pack.Name), fixture.PackFiles.Select(Path.GetFileName));
        Assert.All(await fixture.Travel.ListAsync(first), static range => Assert.Equal(range.FirstTime, range.EveryCommitSince));
        await fixture.RestartAsync();
        await ExpectAsync(fixture, states);
    }

    [Fact]
    public async Task After_two_days_the_last_commit_of_each_minute_is_left_and_those_that_somebody_knows()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a, b)");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        var states = new List<State>();
        for (var value = 0; value < 30; value++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({value}, '{new string((char)('a' + value), 3000)}')");
            states.Add(new State(id, fixture.Bookmark(id), fixture.Time.GetUtcNow(), await fixture.DumpAsync(id)));
            fixture.Time.Advance(TimeSpan.FromSeconds(10));
        }

        // Some six in a minute; two of those in the middle become known in the two ways.
        var known = new[] { states[8], states[14] };
        Assert.Equal(known[0].Bookmark, (await fixture.Travel.FindBookmarkAsync(id, known[0].Time)).ToString());
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(known[1].Bookmark));
        fixture.Time.Advance(TimeSpan.FromDays(4));
        await fixture.Travel.CompactAsync();
        Assert.Equal((0, 0), (fixture.Count(PackLevel.Commits), fixture.Count(PackLevel.Hourly)));
        await fixture.RestartAsync();

        var lastOfMinute = states.Where((state, index) => index == states.Count - 1 || Minute(states[index + 1]) != Minute(state)).ToArray();
        await ExpectAsync(fixture, [.. lastOfMinute, .. known]);
        var gone = states.Except(lastOfMinute).Except(known).ToArray();
        Assert.True(gone.Length > 15);
        foreach (var state in gone)
        {
            var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(state.Bookmark)));
            Assert.Equal(EngineErrorKind.NotRestorable, error.Kind);
            var left = lastOfMinute.Concat(known).ToArray();
            var after = left.Where(other => other.Time > state.Time).MinBy(static other => other.Time);
            Assert.Contains(after?.Bookmark ?? "after it", error.Hint, StringComparison.Ordinal);

            // A moment still means the newest commit there is that is not later.
            var expected = left.Where(other => other.Time <= state.Time).MaxBy(static other => other.Time);
            if (expected is not null)
            {
                Assert.Equal(expected.Bookmark, (await fixture.Travel.FindBookmarkAsync(id, state.Time)).ToString());
            }
        }

        var range = Assert.Single(await fixture.Travel.ListAsync(id));
        Assert.True(range.EveryCommitSince > range.FirstTime);

        static long Minute(State state) => state.Time.Ticks / TimeSpan.TicksPerMinute;
    }

    [Fact]
    public async Task Large_commits_growth_and_shrinking_within_a_minute_survive_being_put_together()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        var states = new List<State>();
        foreach (var sql in (string[])
            [
                "INSERT INTO t(a) WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) SELECT hex(zeroblob(900)) FROM n",
                "DELETE FROM t WHERE id > 10",
                "VACUUM",
                "INSERT INTO t(a) WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i || hex(zeroblob(900)) FROM n",
                "DELETE FROM t",
                "VACUUM",
                "INSERT INTO t(a) VALUES (1)",
                "CREATE INDEX i ON t(a)",
            ])
        {
            if (sql == "VACUUM")
            {
                await Vacuum.RunAsync(fixture.Engine, id);
            }
            else
            {
                await fixture.RunAsync(id, sql);
            }

            states.Add(new State(id, fixture.Bookmark(id), fixture.Time.GetUtcNow(), await fixture.DumpAsync(id)));
            if (states.Count % 3 == 0)
            {
                await fixture.Travel.SealAsync();
            }
        }

        fixture.Time.Advance(TimeSpan.FromHours(3));
        await fixture.Travel.CompactAsync();
        Assert.Equal(1, fixture.Count(PackLevel.Hourly));
        await ExpectAsync(fixture, states);
        Assert.Equal(states[0].Bookmark, (await fixture.Travel.FindBookmarkAsync(id, states[0].Time)).ToString());
        fixture.Time.Advance(TimeSpan.FromDays(4));
        await fixture.Travel.CompactAsync();
        Assert.Equal((0, 0), (fixture.Count(PackLevel.Commits), fixture.Count(PackLevel.Hourly)));
        await ExpectAsync(fixture, [states[0], states[^1]]);
    }

    [Fact]
    public async Task Of_commits_of_several_parts_too_only_the_last_of_a_minute_is_left()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (0)");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        var states = new List<State>();
        for (var value = 0; value < 6; value++)
        {
            await fixture.RunAsync(id, "UPDATE t SET a = randomblob(3000000)");
            states.Add(new State(id, fixture.Bookmark(id), fixture.Time.GetUtcNow(), await fixture.DumpAsync(id)));
            if (value == 3)
            {
                await fixture.Travel.SealAsync();
            }
        }

        // All of it before its time comes: the keeper, woken by the clock, seals in steps, and takes a snapshot after the first.
        await fixture.Travel.SealAsync();
        fixture.Time.Advance(TimeSpan.FromDays(4));
        await fixture.Travel.CompactAsync();

        Assert.True(fixture.Travel.Manifest.PackBytes < 3 * 3_000_000, $"{fixture.Travel.Manifest.PackBytes} bytes");
        await fixture.CrashAsync();
        await ExpectAsync(fixture, [states[^1]]);
        foreach (var state in states.SkipLast(1))
        {
            Assert.Equal(EngineErrorKind.NotRestorable, (await Assert.ThrowsAsync<EngineException>(
                () => fixture.Travel.RestoreAsync(id, RestoreMoment.At(state.Bookmark)))).Kind);
        }
    }

    /// <summary>
    /// Method: at the first changes of files of history, right before the inputs leave the manifest, and when they have left the one on
    /// disk, somebody asks for the bookmark of another commit that is to be left out.
    /// </summary>
    [Fact]
    public async Task A_bookmark_that_is_asked_for_while_its_commit_is_being_left_out_can_be_restored()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var id = await fixture.CreateAsync("main");
        var states = await WriteAsync(fixture, [id], commits: 40, sealEvery: 3);

        // Who asks on the keeper's own thread must not need it.
        await fixture.Travel.SealAsync();
        var asked = new List<(State State, Bookmark Answer, bool IsBehind)>();
        var wanted = new Queue<State>(states.Where(static state => !state.IsLastOfMinute));
        fixture.Travel.Changing = () =>
        {
            var saved = HistoryFolder.ReadManifest(Path.Combine(fixture.Folder, "history"))!;
            var isBehind = saved.Work is null && saved.Packs.All(static pack => pack.Level is PackLevel.Daily or PackLevel.Snapshots);
            if ((isBehind || asked.Count < 6) && wanted.TryDequeue(out var state))
            {
                asked.Add((state, fixture.Travel.FindBookmarkAsync(id, state.Time).GetAwaiter().GetResult(), isBehind));
            }
        };
        fixture.Time.Advance(TimeSpan.FromDays(4));
        await fixture.Travel.CompactAsync();
        fixture.Travel.Changing = null;
        await fixture.Travel.CompactAsync();

        Assert.Equal((0, 0), (fixture.Count(PackLevel.Commits), fixture.Count(PackLevel.Hourly)));
        Assert.True(asked.Exists(static one => one.IsBehind) && asked.Exists(static one => !one.IsBehind));
        foreach (var (state, answer, _) in asked)
        {
            var restored = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(answer.ToString()));
            Assert.Equal(answer, restored.Restored);
            if (answer.ToString() == state.Bookmark)
            {
                Assert.Equal(state.Dump, await fixture.DumpAsync(id));
            }
        }
    }

    /// <summary>Method: at every change of a file of history the folder is copied, and each copy must give back all states.</summary>
    [Fact]
    public async Task A_stop_at_any_point_of_sealing_putting_together_and_letting_go_loses_nothing()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var ids = new[] { await fixture.CreateAsync("first"), await fixture.CreateAsync("second"), await fixture.CreateAsync("gone") };
        await fixture.RunAsync(ids[0], "CREATE TABLE large(a); INSERT INTO large VALUES (randomblob(300000))");
        var left = new List<int>();
        fixture.Travel.Changing = () => left.Add(fixture.LeaveBehind());
        var states = await WriteAsync(fixture, ids, commits: 12, sealEvery: 3);
        fixture.Time.Advance(TimeSpan.FromHours(3));
        await fixture.Travel.CompactAsync();
        var hourly = left.Count;

        // Each is the last of its minute, so all must be there after days too.
        states.RemoveAll(static state => !state.IsLastOfMinute);
        fixture.Time.Advance(TimeSpan.FromDays(9));
        await fixture.RunAsync(ids[0], "INSERT INTO t VALUES (-1, 0)");
        await fixture.Travel.SealAsync();
        await fixture.Travel.CompactAsync();
        await fixture.Travel.ExpireAsync();
        fixture.Travel.Changing = null;
        Assert.True(hourly > 20 && left.Count > hourly + 6, $"{hourly} and {left.Count} points");

        foreach (var (index, point) in left.Index())
        {
            await fixture.GoOnWithAsync(point);
            foreach (var state in states.Where((_, place) => place % 5 == index % 5))
            {
                if (fixture.Engine.FindDatabase(state.Id) is not null && string.CompareOrdinal(fixture.Bookmark(state.Id), state.Bookmark) >= 0)
                {
                    await ExpectAsync(fixture, [state]);
                }
            }

            // It goes on from there, and ends with the same.
            await fixture.Travel.SealAsync();
            await fixture.Travel.CompactAsync();
            Assert.Null(fixture.Travel.Manifest.Work);
            Assert.Equal(fixture.Travel.Manifest.Packs.Select(static pack => pack.Name).Order(StringComparer.Ordinal), fixture.PackFiles.Select(Path.GetFileName));
        }
    }

    [Fact]
    public async Task What_was_deleted_long_ago_is_left_out()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var (kept, gone) = (await fixture.CreateAsync("kept"), await fixture.CreateAsync("gone"));
        var states = await WriteAsync(fixture, [kept, gone], commits: 10, sealEvery: 5);
        await fixture.Engine.DeleteDatabaseAsync(gone);
        fixture.Time.Advance(TimeSpan.FromDays(4));
        await fixture.Travel.CompactAsync();
        Assert.NotEmpty(await fixture.Travel.ListAsync(gone));

        for (var day = 0; day < 40; day++)
        {
            fixture.Time.Advance(TimeSpan.FromDays(1));
            await fixture.Travel.ExpireAsync();
        }

        await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.ListAsync(gone));
        foreach (var file in fixture.PackFiles)
        {
            using var pack = PackReader.Open(file);
            Assert.DoesNotContain(pack.ReadIndex(), entry => entry.Database == gone);
        }

        await ExpectAsync(fixture, [states.FindLast(state => state.Id == kept)!]);
    }

    [Fact]
    public async Task A_damaged_pack_is_not_put_together_with_others_and_nothing_is_deleted()
    {
        await using var fixture = await HistoryFixture.StartAsync(Limits);
        var (first, second) = (await fixture.CreateAsync("first"), await fixture.CreateAsync("second"));
        var states = await WriteAsync(fixture, [first, second], commits: 12, sealEvery: 4);
        var files = fixture.PackFiles;
        Damage.Flip(files[2], offset: 100);

        fixture.Time.Advance(TimeSpan.FromHours(3));
        await fixture.Travel.CompactAsync();

        Assert.Equal(files, fixture.PackFiles);
        Assert.Null(fixture.Travel.Manifest.Work);
        await ExpectAsync(fixture, states.Where(state => state.Id == second).Take(1));
    }

    /// <summary>Commits for each database, most of them two in a minute.</summary>
    private static async Task<List<State>> WriteAsync(HistoryFixture fixture, DatabaseId[] ids, int commits, int sealEvery)
    {
        var states = new List<State>();
        foreach (var id in ids)
        {
            await fixture.RunAsync(id, "CREATE TABLE t(a, b)");
        }

        for (var value = 0; value < commits; value++)
        {
            foreach (var id in ids)
            {
                await fixture.RunAsync(id, $"INSERT INTO t VALUES ({value}, '{new string((char)('a' + value % 26), 2000)}')");
                states.Add(new State(id, fixture.Bookmark(id), fixture.Time.GetUtcNow(), await fixture.DumpAsync(id), value % 2 == 1));
                if (states.Count % sealEvery == 0)
                {
                    await fixture.Travel.SealAsync();
                }
            }

            fixture.Time.Advance(TimeSpan.FromSeconds(value % 2 == 1 ? 60 : 0));
        }

        return states;
    }

    private static async Task ExpectAsync(HistoryFixture fixture, IEnumerable<State> states)
    {
        foreach (var state in states)
        {
            var fork = await fixture.Travel.ForkAsync(state.Id, RestoreMoment.At(state.Bookmark), EngineFixture.New(DatabaseId.NewRandom().ToString()));
            Assert.Equal(state.Dump, await fixture.DumpAsync(fork.Id));
            await fixture.Engine.DeleteDatabaseAsync(fork.Id);
        }
    }

    private sealed record State(DatabaseId Id, string Bookmark, DateTimeOffset Time, string Dump, bool IsLastOfMinute = true);
}

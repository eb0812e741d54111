using System.Globalization;
using System.Text;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Engine.Tests.Crashes;
using Shoal.PowerCut.Load;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>A random workload on an engine and on plain SQLite in memory; dumps of the latter are what restores must give.</summary>
/// <param name="seed">All that happens follows from it.</param>
/// <param name="limits">What history is kept.</param>
/// <param name="pauses">How long the clock may stand still between two steps, at times.</param>
internal sealed class RandomHistory(int seed, HistoryLimits limits, TimeSpan pauses)
{
    private readonly Random _random = new(seed);
    private readonly RandomWorkload _workload = new(seed);
    private readonly SortedDictionary<int, DatabaseId> _ids = [];
    private readonly Dictionary<DatabaseId, List<RandomState>> _states = [];
    private readonly Dictionary<DatabaseId, DateTimeOffset> _dropped = [];
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private DateTimeOffset _newest;
    private int _forks;

    public string Where { get; private set; } = "";

    public string Summary => string.Join(", ", _counts);

    /// <summary>What a run has met, by name.</summary>
    public int CountOf(string what) => _counts.GetValueOrDefault(what);

    public async Task RunAsync(int steps, int checks)
    {
        using var oracle = new OracleDatabases();
        await using var fixture = await HistoryFixture.StartAsync(limits);
        for (var index = 0; index < steps; index++)
        {
            var step = _workload.Next();
            Where = $"step {index}, {step.Kind}";
            await ApplyAsync(fixture, oracle, step);
            Move(fixture, _random.Next(20) switch { 0 => TimeSpan.FromSeconds(600), 1 => TimeSpan.FromSeconds(-100), 2 => TimeSpan.FromSeconds(60), _ => TimeSpan.FromSeconds(1) });
            if (_random.Next(4) == 0)
            {
                Move(fixture, pauses * _random.NextDouble());
            }

            await KeepAsync(fixture);
            if (_random.Next(6) == 0)
            {
                await CheckAsync(fixture);
            }
        }

        for (var index = 0; index < checks; index++)
        {
            await CheckAsync(fixture);
        }

        Count("packs at the end", fixture.Travel.Manifest.Packs.Count);
    }

    /// <summary>Time passes, or somebody sets the clock back.</summary>
    private void Move(HistoryFixture fixture, TimeSpan by)
    {
        var before = fixture.Time.GetUtcNow();
        Action<TimeSpan> move = by < TimeSpan.Zero ? fixture.Time.Jump : fixture.Time.Advance;
        move(by);
        ForgetTimesAfter(fixture.Time.GetUtcNow(), before);
    }

    /// <summary>What timers do at some moment, at this one.</summary>
    private async Task KeepAsync(HistoryFixture fixture)
    {
        switch (_random.Next(24))
        {
            case 0:
                await fixture.Travel.SealAsync();
                break;
            case 1:
                await fixture.Travel.ExpireAsync();
                break;
            case < 5:
                await fixture.Travel.CompactAsync();
                break;
        }

        foreach (var level in fixture.Travel.Manifest.Packs.Select(static pack => pack.Level).Distinct())
        {
            _counts[$"with {level}"] = _counts.GetValueOrDefault($"with {level}") + 1;
        }
    }

    private async Task ApplyAsync(HistoryFixture fixture, OracleDatabases oracle, Step step)
    {
        Count(step.Kind.ToString());
        switch (step.Kind)
        {
            case StepKind.Create:
                _ids.Add(step.Database, await fixture.CreateAsync($"db-{step.Database}"));
                _states.Add(_ids[step.Database], []);
                break;
            case StepKind.Drop:
                _ids.Remove(step.Database, out var dropped);
                await fixture.Engine.DeleteDatabaseAsync(dropped);
                _dropped.Add(dropped, fixture.Time.GetUtcNow());
                break;
            case StepKind.Vacuum:
                await Vacuum.RunAsync(fixture.Engine, _ids[step.Database]);
                break;
            case StepKind.Checkpoint:
                await fixture.Engine.CheckpointAsync();
                return;
            case StepKind.Crash:
                await fixture.CrashAsync();
                return;
            case StepKind.Restart:
                await fixture.RestartAsync();
                return;
            case StepKind.CrashAndChangeMode:
                await fixture.Travel.SealAsync();
                return;
            case StepKind.Import:
                await fixture.TryAsync(fixture.Engine.ImportSqlAsync(
                    _ids[step.Database], new MemoryStream(Encoding.UTF8.GetBytes(step.Sql[0]))));
                break;
            default:
                await Task.WhenAll(step.Sql.Select(sql => fixture.TryAsync(fixture.Engine.ExecuteAsync(
                    _ids[step.Database], SqlRequest.Single(sql), new ResultCollector()).AsTask())));
                break;
        }

        _ = oracle.Apply(step);
        if (step.Kind != StepKind.Drop)
        {
            Note(fixture, _ids[step.Database], oracle.Dump()[step.Database]);
        }
    }

    private void Note(HistoryFixture fixture, DatabaseId id, string dump)
    {
        // After the clock was set back, commits have the newest time there was before. What changed nothing made no commit.
        var (now, bookmark, states) = (fixture.Time.GetUtcNow(), fixture.Bookmark(id), _states[id]);
        DateTimeOffset? time = now > _newest ? now : null;
        states.Add(new RandomState(bookmark, time, states.Count > 0 && states[^1].Bookmark == bookmark ? states[^1].CommittedAt : time, dump));
    }

    /// <summary>A moment that comes a second time means what is newest then.</summary>
    private void ForgetTimesAfter(DateTimeOffset now, DateTimeOffset before)
    {
        _newest = before > now && before > _newest ? before : _newest;
        foreach (var states in _states.Values)
        {
            for (var index = 0; index < states.Count; index++)
            {
                states[index] = states[index] with { Time = states[index].Time < now ? states[index].Time : null };
            }
        }
    }

    /// <summary>The states of which it is promised that they can be restored now.</summary>
    private List<(DatabaseId Id, RandomState State)> Promised(DateTimeOffset now)
    {
        var promised = new List<(DatabaseId, RandomState)>();
        foreach (var (id, states) in _states)
        {
            if (_dropped.TryGetValue(id, out var droppedAt) && now - droppedAt > limits.Retention - TimeSpan.FromHours(1))
            {
                continue;
            }

            for (var index = 0; index < states.Count; index++)
            {
                // The next commit may have been made after the clock was set back, and be of the same minute; then its time is not known.
                var (state, age) = (states[index], now - (states[index].CommittedAt ?? DateTimeOffset.MinValue) + TimeSpan.FromMinutes(2));
                var next = states.FindIndex(index, other => other.Bookmark != state.Bookmark);
                var isLastOfMinute = next < 0 || (states[next].CommittedAt is { } at && Minute(at) != Minute(state.CommittedAt));
                if (age < limits.EveryCommit || (age < limits.Retention - TimeSpan.FromHours(1) && (isLastOfMinute || state.IsKnown)))
                {
                    promised.Add((id, state));
                }
            }
        }

        return promised;
    }

    private static long? Minute(DateTimeOffset? time) => time?.Ticks / TimeSpan.TicksPerMinute;

    private async Task CheckAsync(HistoryFixture fixture)
    {
        fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        var now = fixture.Time.GetUtcNow();
        var promised = Promised(now);
        if (promised.Count == 0)
        {
            return;
        }

        var (id, state) = promised[_random.Next(promised.Count)];
        Where = $"{Where.Split(", ")[0]}, {state.Bookmark} of {id}, committed {state.CommittedAt:s}, now {now:s}";
        Count(now - state.CommittedAt < limits.EveryCommit ? "recent" : "by the minute");
        var states = _states[id];
        if (state.Time is { } then && then < now && states.TrueForAll(other => other.CommittedAt != then || other.Bookmark == state.Bookmark))
        {
            Count("found by time");
            await AssertFoundAsync(fixture, id, state, then);
            states[states.IndexOf(state)] = state with { IsKnown = true };
        }

        try
        {
            await AssertRestorableAsync(fixture, id, state);
        }
        catch (EngineException error)
        {
            throw new InvalidOperationException(Tell(fixture, id), error);
        }
    }

    private async Task AssertRestorableAsync(HistoryFixture fixture, DatabaseId id, RandomState state)
    {
        if (_ids.ContainsValue(id) && _random.Next(2) == 0)
        {
            Count("restored");
            var before = await fixture.DumpAsync(id);
            var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(state.Bookmark));
            Note(fixture, id, state.Dump);
            Assert.Equal(state.Dump, await fixture.DumpAsync(id));
            await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Previous.ToString()));
            Note(fixture, id, before);
            Assert.Equal(before, await fixture.DumpAsync(id));
        }
        else
        {
            Count(_ids.ContainsValue(id) ? "forked" : "brought back");
            var fork = await fixture.Travel.ForkAsync(id, RestoreMoment.At(state.Bookmark), EngineFixture.New($"fork-{_forks++}"));
            Assert.Equal(state.Dump, await fixture.DumpAsync(fork.Id));
            await fixture.Engine.DeleteDatabaseAsync(fork.Id);
        }
    }

    private async Task AssertFoundAsync(HistoryFixture fixture, DatabaseId id, RandomState state, DateTimeOffset then)
    {
        var (before, dropped, logTime) = (fixture.Travel.Manifest, _dropped.ContainsKey(id), fixture.Travel.LogTime);
        var found = (await fixture.Travel.FindBookmarkAsync(id, then)).ToString();
        if (found == state.Bookmark)
        {
            return;
        }

        Assert.Fail($"by the time {then:O} commit {found} was found instead of {state.Bookmark}; dropped: {dropped}, log time {logTime}\n"
            + Tell(fixture, id, before));
    }

    /// <summary>Everything that says why something of a database is not as it should be: it may be seldom, and not by the seed alone.</summary>
    private string Tell(HistoryFixture fixture, DatabaseId id, HistoryManifest? before = null)
    {
        var told = new StringBuilder();
        foreach (var manifest in new[] { before, fixture.Travel.Manifest }.OfType<HistoryManifest>())
        {
            told.Append(CultureInfo.InvariantCulture, $"manifest:\n{manifest}");
            foreach (var pack in manifest.Packs.Where(pack => File.Exists(Path.Combine(fixture.Folder, "history", pack.Name))))
            {
                using var reader = PackReader.Open(Path.Combine(fixture.Folder, "history", pack.Name));
                foreach (var entry in reader.Find(id))
                {
                    told.Append(CultureInfo.InvariantCulture, $"  {pack.Name}: {entry.Kind} {entry.Flags} epoch {entry.Epoch}, "
                        + $"{entry.First} to {entry.Last} on {entry.BuildsOn}, {entry.FirstTime} to {entry.LastTime}\n");
                }
            }
        }

        foreach (var other in _states[id])
        {
            told.Append(CultureInfo.InvariantCulture,
                $"  state {other.Bookmark} at {other.Time:O}, committed {other.CommittedAt:O}, known {other.IsKnown}\n");
        }

        return told.ToString();
    }

    private void Count(string what, int by = 1) => _counts[what] = _counts.GetValueOrDefault(what) + by;
}

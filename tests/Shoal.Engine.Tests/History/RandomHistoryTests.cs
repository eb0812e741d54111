using System.Diagnostics;
using System.Globalization;
using System.Text;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Engine.Tests.Crashes;
using Shoal.PowerCut.Load;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>
/// Goal: whatever several databases go through (schema, VACUUM, growth, deletions, large rows, crashes), each of their states can
/// be restored. Method: a random workload on the engine and on plain SQLite in memory; dumps of the latter are what is expected.
/// </summary>
public sealed class RandomHistoryTests
{
    private const int StepsPerRun = 150;
    private const int Runs = 3;

    /// <summary><c>SHOAL_TEST_SEED</c> repeats one run; <c>SHOAL_TEST_RUNS</c> asks for more of them.</summary>
    [Fact]
    public async Task Every_state_of_every_database_can_be_restored_and_forked_as_plain_sqlite_had_it()
    {
        var seed = Environment.GetEnvironmentVariable("SHOAL_TEST_SEED") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : (int?)null;
        var runs = Environment.GetEnvironmentVariable("SHOAL_TEST_RUNS") is { } number
            ? int.Parse(number, CultureInfo.InvariantCulture)
            : Runs;
        for (var run = 0; run < (seed is null ? runs : 1); run++)
        {
            var next = seed ?? Random.Shared.Next();
            var start = Stopwatch.GetTimestamp();
            var history = new RandomHistory(next);
            try
            {
                await history.RunAsync(StepsPerRun);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"SHOAL_TEST_SEED={next}, {history.Where}", error);
            }

            TestContext.Current.TestOutputHelper?.WriteLine(
                $"seed {next}: {history.Summary} in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        }
    }

    private sealed class RandomHistory(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly RandomWorkload _workload = new(seed);
        private readonly SortedDictionary<int, DatabaseId> _ids = [];
        private readonly Dictionary<DatabaseId, List<(string Bookmark, DateTimeOffset? Time, string Dump)>> _states = [];
        private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
        private DateTimeOffset _newest;
        private int _forks;

        public string Where { get; private set; } = "";

        public string Summary => string.Join(", ", _counts);

        public async Task RunAsync(int steps)
        {
            using var oracle = new OracleDatabases();
            await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits
            {
                RestoresPerPeriodMax = int.MaxValue,
                PackInterval = TimeSpan.FromMinutes(2),
                SnapshotInterval = TimeSpan.FromMinutes(15),
            });
            for (var index = 0; index < steps; index++)
            {
                var step = _workload.Next();
                Where = $"step {index}, {step.Kind}";
                await ApplyAsync(fixture, oracle, step);
                var before = fixture.Time.GetUtcNow();
                fixture.Time.Advance(TimeSpan.FromSeconds(_random.Next(20) switch { 0 => 600, 1 => -100, 2 => 60, _ => 1 }));
                ForgetTimesAfter(fixture.Time.GetUtcNow(), before);
                if (_random.Next(6) == 0 && _states.Count > 0)
                {
                    await CheckAsync(fixture);
                }
            }

            for (var index = 0; index < 40; index++)
            {
                await CheckAsync(fixture);
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
                // After the clock was set back, commits have the newest time there was before.
                var now = fixture.Time.GetUtcNow();
                var id = _ids[step.Database];
                _states[id].Add((fixture.Bookmark(id), now > _newest ? now : null, oracle.Dump()[step.Database]));
            }
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

        private async Task CheckAsync(HistoryFixture fixture)
        {
            var (id, states) = _states.Where(static pair => pair.Value.Count > 0).ElementAt(_random.Next(_states.Count(static pair => pair.Value.Count > 0)));
            var (bookmark, time, dump) = states[_random.Next(states.Count)];
            Where = $"{Where.Split(", ")[0]}, {bookmark} of {id}";
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
            var isAlive = _ids.ContainsValue(id);
            if (time is { } then && then < fixture.Time.GetUtcNow() && states.TrueForAll(state => state.Time != then || state.Bookmark == bookmark))
            {
                Count("found by time");
                Assert.Equal(bookmark, (await fixture.Travel.FindBookmarkAsync(id, then)).ToString());
            }

            if (isAlive && _random.Next(2) == 0)
            {
                Count("restored");
                var before = await fixture.DumpAsync(id);
                var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(bookmark));
                Assert.Equal(dump, await fixture.DumpAsync(id));
                await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Previous.ToString()));
                Assert.Equal(before, await fixture.DumpAsync(id));
                states.Add((fixture.Bookmark(id), null, before));
            }
            else
            {
                Count(isAlive ? "forked" : "brought back");
                var fork = await fixture.Travel.ForkAsync(id, RestoreMoment.At(bookmark), EngineFixture.New($"fork-{_forks++}"));
                Assert.Equal(dump, await fixture.DumpAsync(fork.Id));
                await fixture.Engine.DeleteDatabaseAsync(fork.Id);
            }
        }

        private void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;
    }
}

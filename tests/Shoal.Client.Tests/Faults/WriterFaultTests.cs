using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Retry;

namespace Shoal.Client.Tests.Faults;

/// <summary>
/// Goal: every item gets exactly one outcome, and the database agrees with it, whatever happens on the way. Method: generated
/// sequences of faults before a real server; the seed is printed, and SHOAL_TEST_SEED runs it again.
/// </summary>
public sealed class WriterFaultTests
{
    private static readonly TableMap<int> Log = new TableMap<int>("log").Key("n", n => n).Column("odd", n => n % 10 == 7 ? -1 : n % 2);

    [Fact]
    public Task Row_14_A_batch_of_a_batch_writer_is_applied_once_and_each_item_has_one_result_under_any_faults() => CheckAsync(
        async (database, run) =>
        {
            await using var writer = new BatchWriter<int>(database, Log, WriteMode.Insert, new BatchWriterOptions<int>
            {
                BatchRowsMax = run.BatchRows, Atomicity = run.Atomicity, Order = run.Order, Retry = Quick, Breaker = Never,
            });
            var results = await writer.WriteBatchAsync(Enumerable.Range(0, run.Items));
            Assert.Equal(Enumerable.Range(0, run.Items), results.Select(result => result.Index));
            Assert.Equal((run.Items, 0), (writer.Stats.Submitted, writer.Stats.BufferedRows + writer.Stats.BufferedBytes));
            return [.. results.Select(result => result.Status)];
        });

    [Fact]
    public Task Row_14_A_batch_of_a_write_buffer_is_applied_once_in_order_and_each_item_has_one_result_under_any_faults() => CheckAsync(
        async (database, run) =>
        {
            await using var buffer = new WriteBuffer<int>(database, Log, WriteMode.Insert, new WriteBufferOptions<int>
            {
                BatchRowsMax = run.BatchRows, Atomicity = run.Atomicity, Linger = TimeSpan.Zero, Retry = Quick, Breaker = Never,
                BufferedRowsMax = 30, FullTimeout = TimeSpan.FromDays(1),
            });
            var results = new List<Task<ItemResult>>();
            for (var n = 0; n < run.Items; n++)
            {
                results.Add(buffer.WriteAsync(n));
            }

            var statuses = (await Task.WhenAll(results)).Select(result => result.Status).ToArray();
            var report = (await buffer.CloseAsync(TimeSpan.FromMinutes(1))).Flushed;
            Assert.Equal(0, report.Applied + report.Rejected + report.NotApplied + report.Unknown);
            Assert.Equal(run.Items, buffer.Stats.Applied + buffer.Stats.Rejected + buffer.Stats.NotApplied + buffer.Stats.Unknown);
            return statuses;
        });

    private static RetryOptions Quick { get; } = new() { AttemptsMax = 4, Delay = TimeSpan.Zero, DelayMax = TimeSpan.Zero, Deadline = TimeSpan.FromHours(1) };

    private static BreakerOptions Never { get; } = new() { DatabaseFailuresMax = 0, FailuresMax = 0 };

    private static async Task CheckAsync(Func<Database, Run, Task<ItemStatus[]>> write)
    {
        var seed = Environment.GetEnvironmentVariable("SHOAL_TEST_SEED") is { Length: > 0 } given
            ? ulong.Parse(given, CultureInfo.InvariantCulture) : (ulong)Random.Shared.NextInt64();
        TestContext.Current.TestOutputHelper?.WriteLine($"SHOAL_TEST_SEED={seed}");
        var clock = new ManualTimeProvider();
        FaultProxy? proxy = null;
        await using var fixture = await ClientFixture.StartAsync(client: options => options with { TimeProvider = clock },
            through: address => (proxy = new FaultProxy(address)).Address);
        await using var faults = proxy!;
        faults.Silent = () => clock.Advance(fixture.Client.Options.Timeout);
        using var direct = new ShoalClient(fixture.Client.Options with { Address = fixture.Server.Address, TimeProvider = TimeProvider.System });
        await direct.CreateDatabaseAsync("shop");
        var log = direct.Database("shop");
        await log.ExecAsync("CREATE TABLE log(n INTEGER PRIMARY KEY, odd INTEGER CHECK (odd >= 0))");

        var property = Prop.ForAll(Arb.From(Runs()), run => OneAsync(run).GetAwaiter().GetResult());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(40)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed, 1), FSharpOption<int>.None))), property);

        async Task<bool> OneAsync(Run run)
        {
            faults.Forget();
            await log.ExecAsync("DELETE FROM log");
            faults.Then(run.Faults);
            var statuses = await write(fixture.Client.Database("shop"), run);
            var there = (await log.Prepare("SELECT n FROM log").AllAsync<int>()).ToHashSet();
            for (var n = 0; n < run.Items; n++)
            {
                Assert.True(statuses[n] switch
                {
                    ItemStatus.Applied => there.Contains(n),
                    ItemStatus.Rejected or ItemStatus.NotApplied => !there.Contains(n),
                    ItemStatus.Unknown => true,
                    _ => false,
                }, $"item {n} is {statuses[n]}, and {(there.Contains(n) ? "" : "not ")}there; seed {seed}, {run}");
            }

            return true;
        }
    }

    private static Gen<Run> Runs() =>
        from items in Gen.Choose(1, 120)
        from batchRows in Gen.Choose(1, 50)
        from atomicity in Gen.Elements(Atomicity.PerBatch, Atomicity.PerRow)
        from order in Gen.Elements(Enum.GetValues<ItemOrder>())
        from faults in Gen.ListOf(Gen.Frequency((2, Gen.Constant(Fault.None)), (1, Gen.Elements(Enum.GetValues<Fault>()))), 60)
        select new Run(items, batchRows, atomicity, order, [.. faults]);

    internal sealed record Run(int Items, int BatchRows, Atomicity Atomicity, ItemOrder Order, Fault[] Faults)
    {
        public override string ToString() => $"{Items} items, {BatchRows} per batch, {Atomicity}, {Order}, {string.Join(' ', Faults)}";
    }
}

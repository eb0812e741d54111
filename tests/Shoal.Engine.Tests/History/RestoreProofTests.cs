using System.Diagnostics.Metrics;
using Shoal.Engine.History;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: a proof says that restores work when they do, and names what can not be restored.</summary>
public sealed class RestoreProofTests
{
    [Fact]
    public async Task Restores_of_databases_that_are_written_meanwhile_are_what_the_databases_were()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var ids = new List<DatabaseId>();
        for (var number = 0; number < 6; number++)
        {
            var id = await fixture.CreateAsync($"db-{number}");
            await fixture.RunAsync(id, "CREATE TABLE t(a, b); CREATE TABLE \"w\"\"x\"(k PRIMARY KEY, v) WITHOUT ROWID; CREATE VIRTUAL TABLE f USING fts5(x)");
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({number}, randomblob(5000)), (NULL, 1.5); INSERT INTO \"w\"\"x\" VALUES ('a', 1); INSERT INTO f VALUES ('words')");
            await fixture.Travel.SealAsync();
            await fixture.RunAsync(id, "DELETE FROM t WHERE a IS NULL");
            ids.Add(id);
        }

        var writes = Enumerable.Range(0, 50).Select(value => fixture.RunAsync(ids[value % ids.Count], $"INSERT INTO t VALUES ({value}, 'x')")).ToArray();
        var proof = await fixture.Travel.ProveAsync(sample: 4, seed: 1);
        await Task.WhenAll(writes);

        Assert.True(proof.IsGood, string.Join('\n', proof.Checks.Select(static check => check.Problem)));
        Assert.Equal(4, proof.Checks.Select(static check => check.Database.Id).Distinct().Count());
        Assert.Equal(4, proof.Checks.Count(static check => check.IsCompared));
        Assert.True(proof.Checks.Count > 4, "no older state was restored");
        Assert.All(proof.Checks.Where(static check => check.IsCompared), static check => Assert.True(check.Rows > 2 && check.Tables > 2));
        Assert.Empty(Directory.GetFiles(fixture.Engine.TemporaryFolder));
    }

    [Fact]
    public async Task A_damaged_pack_is_found_and_the_age_of_the_last_good_proof_is_told_across_restarts()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        Assert.Null(Age(fixture));
        var proof = await fixture.Travel.ProveAsync(sample: 10, seed: 1);
        Assert.True(proof.IsGood);
        Assert.Equal(TimeSpan.Zero, Age(fixture));
        fixture.Time.Advance(TimeSpan.FromHours(3));
        await fixture.RestartAsync();
        Assert.Equal(TimeSpan.FromHours(3), Age(fixture));

        var pack = fixture.PackFiles[0];
        Damage.Flip(pack, offset: 80);
        proof = await fixture.Travel.ProveAsync(sample: 10, seed: 1);

        Assert.False(proof.IsGood);
        Assert.Contains(proof.Checks, check => check.Problem!.Contains(Path.GetFileName(pack), StringComparison.Ordinal));
        Assert.Equal(TimeSpan.FromHours(3), Age(fixture));
    }

    /// <summary>Method: a snapshot and what comes after it are whole, so that the newest state can be restored nonetheless.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_missing_pack_is_named_though_what_is_restored_does_not_need_it(bool isRestarted)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.Travel.SealAsync();
        fixture.Time.Advance(TimeSpan.FromDays(8));
        await fixture.RunAsync(id, "INSERT INTO t VALUES (2)");
        await fixture.Travel.SealAsync();
        await fixture.Travel.CompactAsync();
        Assert.Equal(1, fixture.Count(PackLevel.Snapshots));
        Assert.True((await fixture.Travel.ProveAsync(sample: 10, seed: 1)).IsGood);
        var pack = Assert.Single(fixture.Travel.Manifest.Packs, static pack => pack.Level == PackLevel.Daily).Name;
        File.Delete(Path.Combine(fixture.Folder, "history", pack));
        if (isRestarted)
        {
            await fixture.RestartAsync();
        }

        var proof = await fixture.Travel.ProveAsync(sample: 10, seed: 1);

        Assert.False(proof.IsGood);
        Assert.Contains(proof.Checks, check => check.Problem?.Contains(pack, StringComparison.Ordinal) == true);
        Assert.Contains(proof.Checks, static check => check.IsCompared && check.Problem is null);
    }

    [Fact]
    public async Task A_database_whose_commits_no_pack_has_is_a_failure_and_one_without_commits_is_none()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var (lost, other) = (await fixture.CreateAsync("lost"), await fixture.CreateAsync("other"));
        var empty = await fixture.CreateAsync("empty");
        await fixture.RunAsync(lost, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.Travel.SealAsync();
        await fixture.Engine.DisposeAsync();
        var history = Path.Combine(fixture.Folder, "history");
        HistoryFolder.Create(history, HistoryFolder.ReadManifest(history)! with { Packs = [] });
        await fixture.OpenAsync();
        await fixture.RunAsync(other, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");

        var proof = await fixture.Travel.ProveAsync(sample: 10, seed: 1);

        Assert.False(proof.IsGood);
        var failed = Assert.Single(proof.Checks, static check => check.Problem is not null);
        Assert.Equal((lost, false), (failed.Database.Id, failed.IsCompared));
        Assert.Equivalent((DatabaseId[])[other, empty], proof.Checks.Where(check => check != failed).Select(static check => check.Database.Id));
    }

    [Fact]
    public async Task Without_databases_nothing_is_proven_and_nothing_has_failed()
    {
        await using var fixture = await HistoryFixture.StartAsync();

        var proof = await fixture.Travel.ProveAsync(sample: 10, seed: 1);

        Assert.Equal((false, 0), (proof.IsGood, proof.FailureCount));
        Assert.Null(Age(fixture));
    }

    private static TimeSpan? Age(HistoryFixture fixture)
    {
        TimeSpan? age = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, mine) =>
        {
            if (instrument.Name == "shoal.backup.proof.age" && instrument.Meter.Scope == fixture.Engine.Options)
            {
                mine.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => age = TimeSpan.FromSeconds(value));
        listener.Start();
        listener.RecordObservableInstruments();
        return age;
    }
}

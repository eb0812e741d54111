using Shoal.Engine.Log;

namespace Shoal.Engine.Tests.Storage;

public sealed class DataFolderTests
{
    [Fact]
    public async Task A_second_engine_on_a_folder_is_refused_and_told_by_whom()
    {
        await using var fixture = await EngineFixture.StartAsync();

        var error = await Assert.ThrowsAsync<EngineException>(() => EngineFixture.OpenAsync(fixture.Folder, fixture.Id));

        Assert.Equal(EngineErrorKind.DataFolderInUse, error.Kind);
        Assert.Equal($"the data folder {fixture.Folder} is in use by process {Environment.ProcessId}", error.Message);
    }

    [Fact]
    public async Task A_process_that_is_no_more_or_runs_elsewhere_is_not_mistaken()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var notice = Path.Combine(fixture.Folder, "PROCESS");

        await File.WriteAllTextAsync(notice, $"{int.MaxValue} {Environment.MachineName}\n");
        Assert.EndsWith("is in use by another process", await RefusalAsync(fixture), StringComparison.Ordinal);
        await File.WriteAllTextAsync(notice, "77 elsewhere\n");
        Assert.EndsWith("is in use by process 77 on the machine elsewhere", await RefusalAsync(fixture), StringComparison.Ordinal);
        await File.WriteAllTextAsync(notice, "");
        Assert.EndsWith("is in use by another process", await RefusalAsync(fixture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_a_newer_format_is_refused_and_both_versions_are_named()
    {
        await using var fixture = await EngineFixture.StartAsync();

        var error = await RefusedAfterAsync(fixture, () => File.WriteAllText(Path.Combine(fixture.Folder, "FORMAT"), "2\n"));

        Assert.Contains("has format 2; this program knows 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Use the version of Shoal that wrote it", error.Hint, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(fixture.Folder, "FORMAT"), "1\n");
        await ReopenAsync(fixture);
    }

    [Theory]
    [InlineData("FORMAT", "x", "does not hold a version")]
    [InlineData("FORMAT", null, "FORMAT is missing")]
    [InlineData("DURABILITY", "Lgo", "does not name a durability mode: 'Lgo'")]
    [InlineData("DURABILITY", "0", "does not name a durability mode: '0'")]
    [InlineData("DURABILITY", null, "DURABILITY is missing")]
    [InlineData("SEGMENT", "seven", "does not hold a number")]
    [InlineData("catalog.sqlite", null, "is missing, and there are databases")]
    [InlineData("catalog.sqlite", "", "is empty, and there are databases")]
    [InlineData("catalog.sqlite", "this is no database, however long this text may be, and that is what SQLite says as well as it can",
        "the catalog, catalog.sqlite in the data folder, is damaged")]
    public async Task A_lost_or_damaged_file_of_the_folder_is_refused_by_name(string file, string? content, string expected)
    {
        Assert.SkipWhen(EngineFixture.Mode == DurabilityMode.Sqlite && file is "SEGMENT" or "DURABILITY", "belongs to mode log");
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        var path = Path.Combine(fixture.Folder, file);
        await fixture.Engine.DisposeAsync();
        var saved = await File.ReadAllBytesAsync(path);

        var error = await RefusedAfterAsync(fixture, () =>
        {
            File.Delete(path);
            if (content is not null)
            {
                File.WriteAllText(path, content);
            }
        });

        Assert.Equal(EngineErrorKind.Corruption, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        await File.WriteAllBytesAsync(path, saved);
        await ReopenAsync(fixture);
    }

    [Fact]
    public async Task A_path_that_is_a_file_is_refused_with_what_to_do()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Combine("file"), "");

        var error = await Assert.ThrowsAsync<EngineException>(
            () => DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder.Combine("file") }));

        Assert.Equal(EngineErrorKind.StorageUnavailable, error.Kind);
        Assert.Contains("--data", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commit_times_never_decrease_when_the_clock_does_not_even_over_a_restart()
    {
        Assert.SkipWhen(EngineFixture.Mode == DurabilityMode.Sqlite, "only the log has commit times");
        var time = new ManualTimeProvider();
        await using var fixture = await EngineFixture.StartAsync(time: time);
        await fixture.RunAsync("CREATE TABLE t(a)");
        time.Jump(TimeSpan.FromHours(-5));
        await fixture.RunAsync("INSERT INTO t VALUES (1)");
        await fixture.Engine.DisposeAsync();
        time.Jump(TimeSpan.FromDays(-400));
        await ReopenAsync(fixture);
        await fixture.RunAsync("INSERT INTO t VALUES (2)");
        time.Advance(TimeSpan.FromDays(500));
        await fixture.RunAsync("INSERT INTO t VALUES (3)");
        await fixture.Engine.DisposeAsync();

        var times = LogDump.Read(fixture.Folder, from: null, withPages: false).Select(record => record.Time).ToArray();

        Assert.Equal(times.Order(), times);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), times[0]);
        Assert.True(times[^1] > times[0].AddDays(90), $"the clock's way forward counts: {times[^1]}");
    }

    private static async Task<string> RefusalAsync(EngineFixture fixture) => (await Assert.ThrowsAsync<EngineException>(
        () => EngineFixture.OpenAsync(fixture.Folder, fixture.Id))).Message;

    private static async Task<EngineException> RefusedAfterAsync(EngineFixture fixture, Action damage)
    {
        await fixture.Engine.DisposeAsync();
        damage();
        return await Assert.ThrowsAsync<EngineException>(() => EngineFixture.OpenAsync(fixture.Folder, fixture.Id));
    }

    /// <summary>What was refused was left as it was.</summary>
    private static async Task ReopenAsync(EngineFixture fixture) => await fixture.RestartAsync();
}

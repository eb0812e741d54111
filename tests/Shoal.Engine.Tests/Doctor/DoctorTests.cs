using System.Security.Cryptography;
using Shoal.Engine.Doctor;
using Shoal.Engine.Requests;

namespace Shoal.Engine.Tests.Doctor;

public sealed class DoctorTests
{
    [Fact]
    public async Task A_crashed_folder_is_healthy_and_stays_as_it_is()
    {
        using var folder = await CrashedFolder.CreateAsync(NewRandom());
        using var temporary = new TempFolder();
        var before = Fingerprint(folder.Root);
        var steps = new List<DoctorProgress>();

        var report = DataFolderDoctor.Examine(new DoctorOptions { DataFolder = folder.Root, TemporaryFolder = temporary.Root },
            new Recorder(steps.Add), TestContext.Current.CancellationToken);

        Assert.Equal([], report.Findings);
        Assert.True(report.IsHealthy);
        Assert.Equal((DurabilityMode.Log, 3, 4, 1), (report.Durability, report.DatabaseCount, report.CheckedCount, report.SegmentCount));
        Assert.InRange(report.UncheckpointedBytes, 60 * 4096, report.LogBytes);
        Assert.Equal(before, Fingerprint(folder.Root));
        Assert.Contains(steps, step => step.Step == "Checking db-1" && step.TotalBytes > 0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Root));
    }

    [Fact]
    public async Task Folders_that_are_examined_at_once_do_not_disturb_each_other()
    {
        using var first = await CrashedFolder.CreateAsync(NewRandom(), commits: 10);
        using var second = await CrashedFolder.CreateAsync(NewRandom(), commits: 10);
        var others = new List<DoctorReport>();

        var report = DataFolderDoctor.Examine(new DoctorOptions { DataFolder = first.Root },
            new Recorder(_ => others.Add(Examine(second.Root))), TestContext.Current.CancellationToken);

        Assert.True(report.IsHealthy, string.Join('\n', report.Findings));
        Assert.NotEmpty(others);
        Assert.All(others, static other => Assert.True(other.IsHealthy));
    }

    [Fact]
    public async Task A_folder_in_mode_sqlite_is_checked_with_its_WALs()
    {
        using var live = new TempFolder();
        using var copy = new TempFolder();
        var options = new EngineOptions { DataFolder = live.Root, Durability = DurabilityMode.Sqlite };
        await using (var engine = await DatabaseEngine.OpenAsync(options))
        {
            var id = (await engine.CreateDatabaseAsync(EngineFixture.New("app"))).Id;
            await engine.ExecuteAsync(id, SqlRequest.Single("CREATE TABLE t(a); INSERT INTO t VALUES (1)"), new ResultCollector());
            foreach (var file in Directory.EnumerateFiles(live.Root, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("LOCK", StringComparison.Ordinal)))
            {
                var path = copy.Combine(Path.GetRelativePath(live.Root, file));
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                await using var to = File.Create(path);
                await from.CopyToAsync(to);
            }
        }

        var before = Fingerprint(copy.Root);
        var report = Examine(copy.Root);

        Assert.Equal([], report.Findings);
        Assert.Equal((DurabilityMode.Sqlite, 1, 2), (report.Durability, report.DatabaseCount, report.CheckedCount));
        Assert.Equal(before, Fingerprint(copy.Root));
    }

    [Fact]
    public async Task A_folder_that_an_engine_has_open_is_not_looked_at()
    {
        await using var fixture = await EngineFixture.StartAsync();

        var error = Assert.Throws<EngineException>(() => Examine(fixture.Folder));

        Assert.Equal(EngineErrorKind.DataFolderInUse, error.Kind);
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_data_folder_is_refused()
    {
        using var folder = new TempFolder();

        Assert.Contains("is no data folder", Assert.Throws<EngineException>(() => Examine(folder.Root)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public async Task A_missing_file_is_a_problem_and_a_file_too_many_a_note()
    {
        using var folder = await CrashedFolder.CreateAsync(NewRandom());
        var files = Directory.EnumerateFiles(Path.Combine(folder.Root, "db"), "*.sqlite", SearchOption.AllDirectories).Order().ToArray();
        var id = Path.GetFileNameWithoutExtension(files[0]);
        var orphan = Path.Combine(folder.Root, "db/00/11/00112233-4455-6677-8899-aabbccddeeff.sqlite");
        Directory.CreateDirectory(Path.GetDirectoryName(orphan)!);
        File.Move(files[0], orphan);

        var report = Examine(folder.Root);

        var problem = Assert.Single(report.Findings, finding => finding.Severity == DoctorSeverity.Problem);
        Assert.Equal((files[0], id), (problem.File, problem.DatabaseId.ToString()));
        Assert.Contains("shoal db delete", problem.Hint, StringComparison.Ordinal);
        var note = Assert.Single(report.Findings, finding => finding.Severity == DoctorSeverity.Note);
        Assert.Equal(orphan, note.File);
        Assert.False(report.IsHealthy);
    }

    [Fact]
    public async Task After_a_start_and_a_clean_stop_files_lack_nothing_and_the_log_is_free_again()
    {
        using var folder = await CheckpointedAsync();

        var report = Examine(folder.Root);

        Assert.Equal((0L, 0, 1), (report.UncheckpointedBytes, report.UncheckpointedCount, report.SegmentCount));
    }

    [Fact]
    public async Task A_damaged_database_is_named_and_only_a_quick_look_misses_it()
    {
        using var folder = await CheckpointedAsync();
        var file = Directory.EnumerateFiles(Path.Combine(folder.Root, "db"), "*.sqlite", SearchOption.AllDirectories).Order().First();
        using (var stream = new FileStream(file, FileMode.Open))
        {
            stream.Position = 4096;
            stream.Write(new byte[200]);
        }

        var report = Examine(folder.Root);

        var problem = Assert.Single(report.Findings);
        Assert.Equal((DoctorSeverity.Problem, file), (problem.Severity, problem.File));
        Assert.Contains("is damaged: ", problem.Message, StringComparison.Ordinal);
        var quick = DataFolderDoctor.Examine(new DoctorOptions { DataFolder = folder.Root, Quick = true }, null, default);
        Assert.True(quick.IsHealthy);
        Assert.Equal(1, quick.CheckedCount);
    }

    [Fact]
    public async Task A_damaged_catalog_is_named()
    {
        using var folder = await CheckpointedAsync();
        var file = Path.Combine(folder.Root, "catalog.sqlite");
        using (var stream = new FileStream(file, FileMode.Open))
        {
            stream.Write(new byte[4096]);
        }

        var report = Examine(folder.Root);

        Assert.Contains(report.Findings, finding => finding.Severity == DoctorSeverity.Problem && finding.File == file);
        await Assert.ThrowsAsync<EngineException>(() => DatabaseEngine.OpenAsync(CrashedFolder.Options(folder.Root)));
    }

    [Fact]
    public async Task Little_free_space_is_a_problem()
    {
        using var folder = await CheckpointedAsync();

        var report = DataFolderDoctor.Examine(
            new DoctorOptions { DataFolder = folder.Root, FreeBytesMin = long.MaxValue }, null, default);

        Assert.Contains("a server refuses writes", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_examination_can_be_stopped()
    {
        using var folder = await CheckpointedAsync();

        Assert.ThrowsAny<OperationCanceledException>(() => DataFolderDoctor.Examine(
            new DoctorOptions { DataFolder = folder.Root }, null, new CancellationToken(canceled: true)));
        Assert.True(Examine(folder.Root).IsHealthy);
    }

    [Fact]
    public async Task Damage_in_the_log_is_refused_or_harmless_and_the_doctor_names_what_the_engine_does()
    {
        var random = NewRandom();
        using var folder = await CrashedFolder.CreateAsync(random);
        var (file, lastRecord) = folder.LastRecord;
        var refused = 0;
        for (var round = 0; round < 25; round++)
        {
            var offset = random.NextInt64(folder.EndOffsetBytes);
            var what = $"round {round}, offset {offset}";
            Flip(file, offset);
            var report = DataFolderDoctor.Examine(
                new DoctorOptions { DataFolder = folder.Root, Quick = true }, null, TestContext.Current.CancellationToken);
            using var copy = CopyOf(folder.Root);
            if (await TryOpenAsync(copy.Root) is { } error)
            {
                refused++;
                Assert.Contains($"{copy.Root}/log/{Path.GetFileName(file)}, offset ", error.Message, StringComparison.Ordinal);
                Assert.Contains("shoal doctor", error.Hint, StringComparison.Ordinal);
                Assert.Contains(report.Findings, finding => finding.Severity == DoctorSeverity.Problem && finding.File == file
                    && finding.Message == error.Message.Replace(copy.Root, folder.Root, StringComparison.Ordinal));
            }
            else
            {
                Assert.True(report.IsHealthy, what);
                await AssertAcknowledgedAsync(folder, copy.Root, offset >= lastRecord, what);
            }

            Flip(file, offset);
        }

        Assert.InRange(refused, 10, 25);
        using var undamaged = CopyOf(folder.Root);
        await AssertAcknowledgedAsync(folder, undamaged.Root, lastMayGo: false, "undamaged");
    }

    private static async Task AssertAcknowledgedAsync(CrashedFolder folder, string root, bool lastMayGo, string what)
    {
        await using var engine = await DatabaseEngine.OpenAsync(CrashedFolder.Options(root));
        var behind = 0;
        foreach (var (id, states) in folder.States)
        {
            var state = await CrashedFolder.StateAsync(engine, id);
            if (state != states[^1])
            {
                behind++;
                Assert.True(lastMayGo && state == states[^2], $"{what}: {state} instead of {states[^1]}");
            }
        }

        Assert.True(behind <= 1, what);
    }

    private static async Task<EngineException?> TryOpenAsync(string root)
    {
        try
        {
            await (await DatabaseEngine.OpenAsync(CrashedFolder.Options(root))).DisposeAsync();
            return null;
        }
        catch (EngineException error)
        {
            Assert.Equal(EngineErrorKind.Corruption, error.Kind);
            return error;
        }
    }

    /// <summary>A folder whose files lack nothing.</summary>
    private static async Task<CrashedFolder> CheckpointedAsync()
    {
        var folder = await CrashedFolder.CreateAsync(NewRandom(), commits: 20);
        await (await DatabaseEngine.OpenAsync(CrashedFolder.Options(folder.Root))).DisposeAsync();
        return folder;
    }

    private static TempFolder CopyOf(string root)
    {
        var copy = new TempFolder();
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            var target = copy.Combine(Path.GetRelativePath(root, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }

        return copy;
    }

    private static void Flip(string path, long offset)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        RandomAccess.Read(file, one, offset);
        one[0] ^= 0x10;
        RandomAccess.Write(file, one, offset);
    }

    private static DoctorReport Examine(string root) =>
        DataFolderDoctor.Examine(new DoctorOptions { DataFolder = root }, null, TestContext.Current.CancellationToken);

    private static Random NewRandom()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    /// <summary>Names, contents and times of everything.</summary>
    private static string[] Fingerprint(string root) => [.. Directory
        .EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => $"{path} {File.GetLastWriteTimeUtc(path).Ticks} "
            + (File.Exists(path) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : ""))];

    private sealed class Recorder(Action<DoctorProgress> report) : IProgress<DoctorProgress>
    {
        public void Report(DoctorProgress value) => report(value);
    }
}

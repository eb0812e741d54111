using System.Text;
using Shoal.Engine.Requests;
using Shoal.Engine.Transfer;
using Shoal.PowerCut.Load;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Crashes;

/// <summary>An engine whose process seems to end at once: another engine goes on with a copy of the files.</summary>
/// <remarks>
/// Nothing happens in this engine by itself, only within a step, so that a copy made between two steps is what a process that
/// ends there leaves behind.
/// </remarks>
internal sealed class CrashingEngine : IAsyncDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(10);
    private readonly SortedDictionary<int, DatabaseId> _ids = [];
    private readonly Random _random;
    private DurabilityMode _mode;
    private DatabaseEngine _engine = null!;

    private CrashingEngine(DurabilityMode mode, int seed)
    {
        _mode = mode;
        _random = new Random(seed);
    }

    /// <summary>Changes with every crash.</summary>
    public string Folder { get; private set; } = Directory.CreateTempSubdirectory("shoal-crashing-").FullName;

    public static async Task<CrashingEngine> StartAsync(DurabilityMode mode, int seed)
    {
        var engine = new CrashingEngine(mode, seed);
        await engine.OpenAsync();
        return engine;
    }

    /// <summary>Applies a step; false for each SQL text that fails.</summary>
    public async Task<IReadOnlyList<bool>> ApplyAsync(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Create:
                _ids.Add(step.Database, (await _engine.CreateDatabaseAsync(EngineFixture.New($"db-{step.Database}"))).Id);
                break;
            case StepKind.Drop:
                _ids.Remove(step.Database, out var id);
                await _engine.DeleteDatabaseAsync(id);
                break;
            case StepKind.Vacuum:
                await Vacuum.RunAsync(_engine, _ids[step.Database]);
                break;
            case StepKind.Checkpoint:
                await _engine.CheckpointAsync();
                break;
            case StepKind.Crash:
                await CrashAsync();
                break;
            case StepKind.CrashAndChangeMode:
                _mode = _mode == DurabilityMode.Log ? DurabilityMode.Sqlite : DurabilityMode.Log;
                await CrashAsync();
                break;
            case StepKind.Restart:
                await _engine.DisposeAsync();
                await OpenAsync();
                break;
            case StepKind.Import:
                return [await DoesAsync(_engine.ImportSqlAsync(
                    _ids[step.Database], new MemoryStream(Encoding.UTF8.GetBytes(step.Sql[0]))))];
            default:
                return await Task.WhenAll(step.Sql.Select(sql => DoesAsync(
                    _engine.ExecuteAsync(_ids[step.Database], SqlRequest.Single(sql), new ResultCollector()).AsTask())));
        }

        return [];
    }

    /// <summary>All that each database holds, as SQL.</summary>
    public async Task<SortedDictionary<int, string>> DumpAsync()
    {
        Assert.Equal(_ids.Values.ToHashSet(), _engine.ListDatabases("a", null, 1, int.MaxValue).Databases.Select(db => db.Id).ToHashSet());
        var dumps = new SortedDictionary<int, string>();
        foreach (var (number, id) in _ids)
        {
            using var output = new MemoryStream();
            await _engine.ExportSqlAsync(id, output, new ExportOptions());
            dumps.Add(number, Encoding.UTF8.GetString(output.ToArray()));
            var check = new ResultCollector();
            await _engine.ExecuteAsync(id, SqlRequest.Single("PRAGMA quick_check"), check);
            Assert.Equal("ok", Encoding.UTF8.GetString(check.Rows[0][0].AsBytes.Span));
        }

        return dumps;
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<bool> DoesAsync(Task task)
    {
        try
        {
            await task;
            return true;
        }
        catch (SqlException)
        {
            return false;
        }
    }

    private async Task CrashAsync()
    {
        var left = Directory.CreateTempSubdirectory("shoal-crashing-").FullName;
        var isLog = _engine.Options.Durability == DurabilityMode.Log;

        // In mode log WALs and shared memory count for nothing: whether they are still there must not matter.
        FolderCopy.Copy(Folder, left, file => !isLog || !file.Contains(".sqlite-", StringComparison.Ordinal) || _random.Next(2) == 0);
        await DisposeAsync();
        Folder = left;
        await OpenAsync();
    }

    private async Task OpenAsync()
    {
        _engine = await DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = Folder,
            Durability = _mode,
            IdleClose = Never,
            CheckpointInterval = Never,
            Limits = new EngineLimits
            {
                LogSegmentBytes = 4 * 1024 * 1024,
                CheckpointFramesMin = int.MaxValue,
                LogBytesCheckpoint = long.MaxValue,
            },
        });

        // A round is due at every start: it must be over before anything is copied.
        await _engine.CheckpointAsync();
    }
}

using System.Globalization;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Tests.Crashes;
using Shoal.Protocol;

namespace Shoal.Engine.Tests;

/// <summary>A data folder in mode log as a crash leaves it, and what was acknowledged in it.</summary>
internal sealed class CrashedFolder : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<DatabaseId, List<string>> _states = [];

    public string Root => _folder.Root;

    /// <summary>Databases and what each showed after every one of its commits, oldest first.</summary>
    public IReadOnlyDictionary<DatabaseId, List<string>> States => _states;

    /// <summary>Where the last record of the log starts, which no later one witnesses; and where the log ends.</summary>
    public (string File, long OffsetBytes) LastRecord { get; private set; }

    /// <summary>Offset at which the records of the log end. Units: bytes.</summary>
    public long EndOffsetBytes { get; private set; }

    public static EngineOptions Options(string folder) => new()
    {
        DataFolder = folder,
        Durability = DurabilityMode.Log,
        Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
    };

    /// <summary>Commits to some databases and copies the folder while the engine still runs.</summary>
    public static async Task<CrashedFolder> CreateAsync(Random random, int commits = 60)
    {
        var crashed = new CrashedFolder();
        using var live = new TempFolder();
        await using (var engine = await DatabaseEngine.OpenAsync(Options(live.Root)))
        {
            // The round of checkpoints of the start must be over before anything is written that is to be missing in the files.
            await engine.CheckpointAsync();
            var ids = new List<DatabaseId>();
            for (var index = 0; index < 3; index++)
            {
                ids.Add((await engine.CreateDatabaseAsync(EngineFixture.New($"db-{index}"))).Id);
                await RunAsync(engine, ids[index], "CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
                crashed._states[ids[index]] = [await StateAsync(engine, ids[index])];
            }

            for (var index = 0; index < commits; index++)
            {
                var id = ids[random.Next(ids.Count)];
                await RunAsync(engine, id, string.Create(CultureInfo.InvariantCulture,
                    $"INSERT INTO t(a) VALUES (zeroblob({random.Next(1, 9000)})), ({random.Next()})"));
                crashed._states[id].Add(await StateAsync(engine, id));
            }

            FolderCopy.Copy(live.Root, crashed.Root, static file => !file.EndsWith("-wal", StringComparison.Ordinal));
        }

        var last = LogDump.Read(crashed.Root, from: null, withPages: false).Last();
        crashed.LastRecord = (last.File, last.OffsetBytes);
        crashed.EndOffsetBytes = last.OffsetBytes + last.LengthBytes;
        return crashed;
    }

    /// <summary>What a database shows: its number of rows and the sum of all values.</summary>
    public static async Task<string> StateAsync(DatabaseEngine engine, DatabaseId id)
    {
        var rows = new ResultCollector();
        await engine.ExecuteAsync(id, SqlRequest.Relaxed("SELECT count(*) || ' ' || total(length(a)) || ' ' || total(a) FROM t"), rows);
        return System.Text.Encoding.UTF8.GetString(rows.Rows[0][0].AsBytes.Span);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task RunAsync(DatabaseEngine engine, DatabaseId id, string sql) =>
        await engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), new ResultCollector());
}

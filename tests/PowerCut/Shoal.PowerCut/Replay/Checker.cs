using System.Text.Json;
using Shoal.Engine;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.PowerCut.Replay;

/// <summary>Opens a data folder as a server would after a cut and compares it with what was promised.</summary>
/// <remarks>
/// A process of its own that stays for many cuts: the engine may end its process. It reads lines
/// <c>RECORD FOLDER</c> and answers each with a <see cref="Verdict"/> as one line of JSON.
/// </remarks>
internal sealed class Checker(Recording recording, ulong seed, EngineSettings settings, bool isFull)
{
    /// <summary>A file beside the data folder of which nobody needs anything but the room it takes.</summary>
    public const string BallastName = "ballast";

    private readonly Comparison _comparison = new(seed) { GoesOn = !isFull };

    public static async Task RunAsync(string recordingPath, ulong seed, EngineSettings settings, bool isFull)
    {
        var checker = new Checker(Recording.Load(recordingPath), seed, settings, isFull);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var parts = line.Split(' ', 2);
            var verdict = await checker.CheckAsync(int.Parse(parts[0]), parts[1]);
            Console.WriteLine(JsonSerializer.Serialize(verdict));
        }
    }

    /// <summary>With the engine closed the files stand for themselves.</summary>
    public static void CheckFiles(string folder, Verdict verdict)
    {
        // Commits in any other journal mode would pass by the commit log.
        const int WriteVersionOffset = 18;
        const int Wal = 2;
        var catalog = File.ReadAllBytes(Path.Combine(folder, "catalog.sqlite"));
        if (catalog.Length <= WriteVersionOffset || catalog[WriteVersionOffset] != Wal)
        {
            verdict.Damaged.Add("the catalog is not in WAL mode");
        }

        foreach (var path in Directory.EnumerateFiles(folder, "*.sqlite", SearchOption.AllDirectories))
        {
            var status = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var connection);
            using (connection)
            {
                if (connection is null)
                {
                    verdict.Damaged.Add($"{path}: {status}");
                }
                else if (connection.QueryInteger("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") > 0)
                {
                    verdict.Damaged.Add(path);
                }
            }
        }
    }

    /// <summary>A file that no database has was that of a dropped one, if it was ever more than an empty file.</summary>
    private static void CheckDeleted(DatabaseEngine engine, string folder, Verdict verdict)
    {
        const int EmptyBytes = 4096;
        var known = engine.ListDatabases(Names.Account, nameContains: null, page: 1, perPage: int.MaxValue).Databases
            .Select(database => database.Id.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, "db"), "*.sqlite", SearchOption.AllDirectories))
        {
            if (!known.Contains(Path.GetFileNameWithoutExtension(path)) && new FileInfo(path).Length > EmptyBytes)
            {
                verdict.Undeleted.Add(Path.GetFileName(path));
            }
        }
    }

    private async Task<Verdict> CheckAsync(int record, string folder)
    {
        var verdict = new Verdict();
        try
        {
            // A full disk may have no room for the new log segment that a start needs: whoever runs it has to make some.
            File.Delete(Path.Combine(Path.GetDirectoryName(folder)!, BallastName));
            await using (var engine = await DatabaseEngine.OpenAsync(settings.ForRecovery(folder)))
            {
                var promises = recording.PromisesAt(record);
                await _comparison.RunAsync(new EngineDatabases(engine), promises, new Chance(seed, (ulong)record), verdict);
                if (engine.Options.Durability == DurabilityMode.Log)
                {
                    var history = new HistoryCheck(engine, seed);
                    history.CheckRestores(promises, verdict);
                    if (!isFull && !verdict.Failures().Any())
                    {
                        await history.RunAsync(new Chance(seed, (ulong)record, 7), verdict);
                    }
                }

                CheckDeleted(engine, folder, verdict);
            }

            CheckFiles(folder, verdict);
        }
        catch (Exception error) when (error is EngineException or IOException or SqliteException)
        {
            verdict.Unusable.Add(error.Message);
        }

        return verdict;
    }
}

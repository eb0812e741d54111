using System.Collections.Concurrent;
using System.Text.Json;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.PowerCut.Model;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.PowerCut.Replay;

/// <summary>Opens a data folder as a server would after a cut and compares it with what was promised.</summary>
/// <remarks>
/// A process of its own that stays for many cuts: the engine may end its process. It reads lines
/// <c>RECORD FOLDER</c> and answers each with a <see cref="Verdict"/> as one line of JSON.
/// </remarks>
internal sealed class Checker(Recording recording, ulong seed)
{
    private readonly ConcurrentDictionary<int, DatabaseModel> _models = new();

    public static async Task RunAsync(string recordingPath, ulong seed)
    {
        var checker = new Checker(Recording.Load(recordingPath), seed);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var parts = line.Split(' ', 2);
            var verdict = await checker.CheckAsync(int.Parse(parts[0]), parts[1]);
            Console.WriteLine(JsonSerializer.Serialize(verdict));
        }
    }

    private async Task<Verdict> CheckAsync(int record, string folder)
    {
        var verdict = new Verdict();
        try
        {
            var promises = recording.PromisesAt(record);
            await CheckServedAsync(new Chance(seed, (ulong)record), folder, promises, verdict);
            CheckFiles(folder, verdict);
        }
        catch (Exception error) when (error is EngineException or IOException or SqliteException)
        {
            verdict.Unusable.Add(error.Message);
        }

        return verdict;
    }

    /// <summary>Whatever the engine serves, once it has recovered, must fit the promises.</summary>
    private async Task CheckServedAsync(
        Chance chance, string folder, Dictionary<int, Promises> promises, Verdict verdict)
    {
        await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder });
        var found = engine.ListDatabases(Names.Account, nameContains: null, page: 1, perPage: int.MaxValue).Databases
            .ToDictionary(database => Names.Number(database.Name));
        foreach (var (number, promise) in promises)
        {
            if (promise.MustExist && !found.ContainsKey(number))
            {
                verdict.Lost.Add($"{Names.Of(number)} was created and is missing");
            }

            if (!promise.MayExist && found.ContainsKey(number))
            {
                verdict.Lost.Add($"{Names.Of(number)} was dropped and is there");
            }
        }

        verdict.Databases = found.Count;
        var written = found.Count == 0 ? 0 : found.Keys.Order().ElementAt(chance.Below(found.Count));
        await Parallel.ForEachAsync(found, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (database, _) =>
        {
            var promise = promises.GetValueOrDefault(database.Key) ?? new Promises();
            var failures = await CheckDatabaseAsync(engine, database.Key, database.Value, promise, database.Key == written);
            lock (verdict)
            {
                verdict.Unusable.AddRange(failures.Unusable);
                verdict.Lost.AddRange(failures.Lost);
                verdict.SeenAndLost.AddRange(failures.SeenAndLost);
                verdict.NoPrefix.AddRange(failures.NoPrefix);
            }
        });
    }

    private async Task<Verdict> CheckDatabaseAsync(
        DatabaseEngine engine, int number, DatabaseRecord database, Promises promise, bool write)
    {
        var failures = new Verdict();
        var name = Names.Of(number);
        try
        {
            var (commits, state) = await ReadAsync(engine, database);
            var model = _models.GetOrAdd(number, _ => new DatabaseModel(seed, number));
            if (commits < promise.Acknowledged)
            {
                failures.Lost.Add($"{name} has {commits} commits; {promise.Acknowledged} were acknowledged");
            }
            else if (commits < promise.Seen)
            {
                failures.SeenAndLost.Add($"{name} has {commits} commits; {promise.Seen} were seen");
            }

            if (commits is < 0 or > 1_000_000 || model.After((int)commits) != state)
            {
                failures.NoPrefix.Add($"{name} claims {commits} commits and holds {state}");
            }
            else if (write)
            {
                // Its history must go on from here.
                await WriteAsync(engine, database, model.Restart((int)commits));
            }
        }
        catch (EngineException error)
        {
            failures.Unusable.Add($"{name}: {error.Message}");
        }

        return failures;
    }

    private static async Task<(long Commits, DatabaseState State)> ReadAsync(DatabaseEngine engine, DatabaseRecord database)
    {
        var tables = new ResultCollector();
        await engine.ExecuteAsync(
            database.Id, SqlRequest.Single("SELECT 1 FROM sqlite_schema WHERE type = 'table'"), tables);
        if (tables.Rows.Count == 0)
        {
            return (0, default);
        }

        var reader = new StateReader();
        await engine.ExecuteAsync(database.Id, StateReader.Request, reader);
        return (reader.Commits, reader.State);
    }

    private static async Task WriteAsync(DatabaseEngine engine, DatabaseRecord database, DatabaseModel model)
    {
        var items = model.Next().Statements.Select(sql => new SqlBatchItem(sql)).ToArray();
        await engine.ExecuteAsync(database.Id, new SqlRequest { Items = items }, new ResultCollector());
        if (await ReadAsync(engine, database) != (model.Commits, model.After(model.Commits)))
        {
            throw new EngineException(EngineErrorKind.Corruption, "a write after recovery went wrong");
        }
    }

    /// <summary>With the engine closed the files stand for themselves.</summary>
    private static void CheckFiles(string folder, Verdict verdict)
    {
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
}

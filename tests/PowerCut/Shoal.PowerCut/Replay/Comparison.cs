using System.Collections.Concurrent;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Replay;

/// <summary>Compares what is served with what was promised and with the model. Keeps the models for the next time.</summary>
internal sealed class Comparison(ulong seed)
{
    /// <summary>Whether a database must take a write afterwards; not on a disk that is full.</summary>
    public bool GoesOn { get; init; } = true;

    private const int DatabasesAtOnce = 8;
    private readonly ConcurrentDictionary<int, DatabaseModel> _models = new();

    /// <summary>Adds to the verdict whatever is wrong. When nothing is, a database by chance must take a write.</summary>
    public async Task RunAsync(IDatabases databases, IReadOnlyDictionary<int, Promises> promises, Chance chance, Verdict verdict)
    {
        var found = (await databases.ListAsync()).Order().ToArray();
        verdict.Databases += found.Length;
        foreach (var (number, promise) in promises)
        {
            if (promise.MustExist && !found.Contains(number))
            {
                verdict.Lost.Add($"{Names.Of(number)} was created and is missing");
            }

            if (!promise.MayExist && found.Contains(number))
            {
                verdict.Lost.Add($"{Names.Of(number)} was dropped and is there");
            }
        }

        // Several at once: the first request to a database makes the engine recover it, and that waits for the disk.
        var several = new ParallelOptions { MaxDegreeOfParallelism = DatabasesAtOnce };
        await Parallel.ForEachAsync(found, several, async (number, _) =>
        {
            var one = await CompareAsync(databases, number, promises.GetValueOrDefault(number) ?? new Promises());
            lock (verdict)
            {
                verdict.Add(one);
            }
        });

        if (GoesOn && found.Length > 0 && !verdict.Failures().Any())
        {
            await GoOnAsync(databases, found[chance.Below(found.Length)], verdict);
        }
    }

    private async Task<Verdict> CompareAsync(IDatabases databases, int number, Promises promise)
    {
        var verdict = new Verdict();
        try
        {
            var (commits, state) = await databases.ReadAsync(number);
            if (commits < promise.Acknowledged)
            {
                verdict.Lost.Add($"{Names.Of(number)} has {commits} commits; {promise.Acknowledged} were acknowledged");
            }
            else if (commits < promise.Seen)
            {
                verdict.SeenAndLost.Add($"{Names.Of(number)} has {commits} commits; {promise.Seen} were seen");
            }

            var model = _models.GetOrAdd(number, _ => new DatabaseModel(seed, number));
            if (commits is < 0 or > 1_000_000 || model.After((int)commits) != state)
            {
                verdict.NoPrefix.Add($"{Names.Of(number)} claims {commits} commits and holds {state}");
            }
        }
        catch (Exception error) when (error is Engine.EngineException or HttpRequestException)
        {
            verdict.Unusable.Add($"{Names.Of(number)}: {error.Message}");
        }

        return verdict;
    }

    private async Task GoOnAsync(IDatabases databases, int number, Verdict verdict)
    {
        var (commits, _) = await databases.ReadAsync(number);
        var model = _models[number].Restart((int)commits);
        if (!await databases.TryRunAsync(number, model.Next())
            || await databases.ReadAsync(number) != (model.Commits, model.After(model.Commits)))
        {
            verdict.Unusable.Add($"{Names.Of(number)} does not go on from its {commits} commits");
        }
    }
}

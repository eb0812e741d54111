using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;
using Shoal.Protocol;

namespace Shoal.PowerCut.Replay;

/// <summary>Restores a past of a database by chance and compares it with the model.</summary>
/// <remarks>
/// Every commit since a database was created must be in the log or in a pack at any moment, so all of them must be restorable,
/// without a gap, whatever the cut has interrupted.
/// </remarks>
internal sealed class HistoryCheck(DatabaseEngine engine, ulong seed)
{
    /// <summary>One point of so many is checked: each check copies a database and reads all of the log.</summary>
    private const int Every = 4;

    /// <summary>A restore that was acknowledged is a commit that is there.</summary>
    public void CheckRestores(IReadOnlyDictionary<int, Promises> promises, Verdict verdict)
    {
        foreach (var (number, promise) in promises)
        {
            if (promise.Restored > 0 && engine.FindDatabase(Names.Account, Names.Of(number)) is { } database
                && engine.TimeTravel.GetBookmark(database.Id).Number is var last && last < promise.Restored)
            {
                verdict.Lost.Add($"{database.Name} has {last} commits; it was restored by commit {promise.Restored}");
            }
        }
    }

    public async Task RunAsync(Chance chance, Verdict verdict)
    {
        var databases = engine.ListDatabases(Names.Account, nameContains: null, page: 1, perPage: int.MaxValue).Databases;
        if (databases.Count == 0 || chance.Below(Every) != 0)
        {
            return;
        }

        var database = databases[chance.Below(databases.Count)];
        var newest = engine.TimeTravel.GetBookmark(database.Id);
        if (newest.Number == 0)
        {
            return;
        }

        try
        {
            var ranges = await engine.TimeTravel.ListAsync(database.Id);
            if (ranges is not [{ First.Number: 0 } range] || range.Last.Number < newest.Number)
            {
                verdict.NotRestored.Add($"{database.Name} has {newest.Number} commits, and history has "
                    + string.Join(", ", ranges.Select(one => $"{one.First.Number} to {one.Last.Number}")));
                return;
            }

            await ForkAsync(database, newest, (ulong)chance.Below((int)newest.Number + 1), verdict);
        }
        catch (EngineException error)
        {
            verdict.NotRestored.Add($"{database.Name}: {error.Message}");
        }
    }

    private async Task ForkAsync(DatabaseRecord database, Bookmark newest, ulong number, Verdict verdict)
    {
        var bookmark = Bookmark.Of(database.Id, newest.Epoch, number).ToString();
        const int ForkNumber = 999_999;
        var fork = await engine.TimeTravel.ForkAsync(database.Id, RestoreMoment.At(bookmark),
            new NewDatabase { Account = Names.Account, Name = Names.Of(ForkNumber) });
        var (commits, state) = await new EngineDatabases(engine).ReadAsync(ForkNumber);
        if (commits < 0 || new DatabaseModel(seed, Names.Number(database.Name)).After((int)commits) != state)
        {
            verdict.NotRestored.Add($"{database.Name}, restored to commit {number}, claims {commits} transactions and holds {state}");
        }

        verdict.Restored++;
        await engine.DeleteDatabaseAsync(fork.Id);
    }
}

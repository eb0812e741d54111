using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Load;

/// <summary>Writers that each own some databases, one that creates and drops databases, and reads that race with them.</summary>
internal sealed class Workload(IDatabases databases, IMarks marks, LoadOptions options)
{
    private const int VacuumEvery = 60;
    private int _commits;

    private bool IsDone => Volatile.Read(ref _commits) >= options.Commits;

    /// <summary>Goes on with whatever databases an earlier round has left, until enough is committed.</summary>
    public async Task RunAsync()
    {
        var models = new List<DatabaseModel>();
        foreach (var number in await databases.ListAsync())
        {
            models.Add(await ReopenAsync(number));
        }

        for (var number = 0; number < options.Databases; number++)
        {
            if (models.TrueForAll(model => model.Number != number))
            {
                models.Add(await CreateAsync(number));
            }
        }

        var owned = models.Where(model => model.Number < options.Databases).ToLookup(m => m.Number % options.Writers);
        var passing = models.Where(model => model.Number >= options.Databases);
        await Task.WhenAll(owned.Select(group => Task.Run(() => WriteAsync(group.Key, [.. group])))
            .Append(Task.Run(() => ComeAndGoAsync(new Queue<DatabaseModel>(passing)))));
    }

    private async Task WriteAsync(int writer, DatabaseModel[] models)
    {
        var chance = new Chance(options.Seed, (ulong)options.Round, (ulong)writer);
        while (!IsDone)
        {
            var model = models[chance.Below(models.Length)];
            await BurstAsync(model, chance);
            if (chance.Below(VacuumEvery) == 0 && await databases.TryVacuumAsync(model.Number))
            {
                marks.Write(MarkKind.Vacuumed, model.Number, model.Commits);
                if (await databases.TryUndoVacuumAsync(model.Number) is { } commit)
                {
                    marks.Write(MarkKind.Restored, model.Number, (int)commit);
                }
            }
        }
    }

    private async Task ComeAndGoAsync(Queue<DatabaseModel> alive)
    {
        var chance = new Chance(options.Seed, (ulong)options.Round, ulong.MaxValue);
        for (var number = 1000 * (options.Round + 1); !IsDone; number++)
        {
            var model = await CreateAsync(number);
            alive.Enqueue(model);
            for (var bursts = chance.Below(4); bursts > 0; bursts--)
            {
                await BurstAsync(model, chance);
            }

            while (alive.Count > options.Databases / 4)
            {
                var oldest = alive.Dequeue();
                marks.Write(MarkKind.Dropping, oldest.Number, oldest.Commits);
                await databases.DropAsync(oldest.Number);
                marks.Write(MarkKind.Dropped, oldest.Number, oldest.Commits);
            }
        }
    }

    private async Task<DatabaseModel> CreateAsync(int number)
    {
        await databases.CreateAsync(number);
        marks.Write(MarkKind.Created, number, 0);
        return new DatabaseModel(options.Seed, number);
    }

    /// <summary>What an earlier round left is seen now, and the history goes on from there.</summary>
    private async Task<DatabaseModel> ReopenAsync(int number)
    {
        var model = new DatabaseModel(options.Seed, number);
        var (commits, _) = await databases.ReadAsync(number);
        _ = model.After((int)commits);
        marks.Write(MarkKind.Seen, number, model.Commits);
        return model;
    }

    /// <summary>Sends a few transactions without waiting in between, and often a read that may see them too early.</summary>
    private async Task BurstAsync(DatabaseModel model, Chance chance)
    {
        // The first creates the tables without which the others could not say that they are too early.
        var transactions = new Transaction[model.Commits > 0 && chance.Below(3) == 0 ? chance.Between(2, 4) : 1];
        for (var index = 0; index < transactions.Length; index++)
        {
            transactions[index] = model.Next();
        }

        var runs = transactions.Select(transaction => TryRunAsync(model.Number, transaction)).ToArray();
        if (transactions[0].Number > 1)
        {
            await PeekAsync(model.Number, transactions[0].Number, chance.Below(4));
        }

        var done = await Task.WhenAll(runs);
        for (var index = 0; index < done.Length; index++)
        {
            // One that overtook another has failed and comes again in order.
            if (!done[index] && !await TryRunAsync(model.Number, transactions[index]))
            {
                throw new InvalidOperationException(
                    $"transaction {transactions[index].Number} of {Names.Of(model.Number)} is refused");
            }
        }
    }

    private async Task PeekAsync(int number, int commit, int way)
    {
        if (way == 0)
        {
            marks.Write(MarkKind.Seen, number, await databases.ReadCommitsAsync(number));
        }
        else if (way == 1 && await databases.ProvokeErrorAsync(number, commit))
        {
            // The error shows the commit as well as a row would.
            marks.Write(MarkKind.Seen, number, commit);
        }
    }

    private async Task<bool> TryRunAsync(int number, Transaction transaction)
    {
        if (!await databases.TryRunAsync(number, transaction))
        {
            return false;
        }

        marks.Write(MarkKind.Committed, number, transaction.Number);
        options.Committed(Interlocked.Increment(ref _commits));
        return true;
    }
}

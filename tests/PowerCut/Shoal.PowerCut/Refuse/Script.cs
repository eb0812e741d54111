using Shoal.Engine;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Refuse;

/// <summary>A short load, one thing after another, that goes on as well as it can when something is refused.</summary>
/// <remarks>
/// A transaction that fails may have been committed all the same or not; a read tells, and what the read shows is a promise.
/// </remarks>
internal sealed class Script(DatabaseEngine engine, IMarks marks, ulong seed)
{
    private const int Rounds = 4;
    private const int Databases = 4;
    private const int TransactionsPerVisit = 3;
    private readonly EngineDatabases _databases = new(engine);
    private readonly List<DatabaseModel> _models = [];

    /// <exception cref="LoadException">What was read is wrong.</exception>
    public async Task RunAsync()
    {
        for (var round = 0; round < Rounds; round++)
        {
            for (var number = round * Databases / 2; number < Databases + round * Databases / 2; number++)
            {
                await VisitAsync(number);
            }

            if (round % 2 == 1)
            {
                await engine.CheckpointAsync();
            }

            if (_models.Count > Databases)
            {
                await DropAsync(_models[0]);
            }
        }

        foreach (var model in _models)
        {
            await CompareAsync(model);
        }
    }

    private async Task VisitAsync(int number)
    {
        var model = _models.Find(one => one.Number == number);
        if (model is null)
        {
            if (!await DoesAsync(() => _databases.CreateAsync(number)))
            {
                return;
            }

            marks.Write(MarkKind.Created, number, 0);
            _models.Add(model = new DatabaseModel(seed, number));
        }

        for (var index = 0; index < TransactionsPerVisit; index++)
        {
            if (!await CommitAsync(model, model.Next()))
            {
                // It can not be used any more in this process; what it has promised stays.
                _models.Remove(model);
                return;
            }
        }

        if (number % 2 == 0)
        {
            await DoesAsync(() => _databases.TryVacuumAsync(number));
            ulong? commit = null;
            if (await DoesAsync(async () => commit = await _databases.TryUndoVacuumAsync(number)) && commit is { } last)
            {
                marks.Write(MarkKind.Restored, number, (int)last);
            }
        }
    }

    /// <summary>Tries until it is committed; false when that does not succeed.</summary>
    private async Task<bool> CommitAsync(DatabaseModel model, Transaction transaction)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var accepted = false;
            if (await DoesAsync(async () => accepted = await _databases.TryRunAsync(model.Number, transaction)))
            {
                if (!accepted)
                {
                    throw new LoadException($"{Names.Of(model.Number)} refuses transaction {transaction.Number} as not its next one");
                }

                marks.Write(MarkKind.Committed, model.Number, transaction.Number);
                return true;
            }

            var commits = -1;
            if (!await DoesAsync(async () => commits = await CommitsAsync(model.Number)))
            {
                return false;
            }

            if (commits < transaction.Number - 1 || commits > transaction.Number)
            {
                throw new LoadException($"{Names.Of(model.Number)} shows {commits} commits after {transaction.Number - 1}");
            }

            marks.Write(MarkKind.Seen, model.Number, commits);
            if (commits == transaction.Number)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<int> CommitsAsync(int number) => (int)(await _databases.ReadAsync(number)).Commits;

    private async Task DropAsync(DatabaseModel model)
    {
        _models.Remove(model);
        marks.Write(MarkKind.Dropping, model.Number, model.Commits);
        if (await DoesAsync(() => _databases.DropAsync(model.Number)))
        {
            marks.Write(MarkKind.Dropped, model.Number, model.Commits);
        }
    }

    private async Task CompareAsync(DatabaseModel model)
    {
        var found = default((long Commits, DatabaseState State));
        if (await DoesAsync(async () => found = await _databases.ReadAsync(model.Number))
            && found != (model.Commits, model.After(model.Commits)))
        {
            throw new LoadException(
                $"{Names.Of(model.Number)} serves {found} instead of {(model.Commits, model.After(model.Commits))}");
        }
    }

    /// <summary>Whether something was done; false when the engine answered with an error.</summary>
    private static async Task<bool> DoesAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (EngineException)
        {
            return false;
        }
    }
}

using System.Text;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.PowerCut.Model;
using Shoal.Protocol;

namespace Shoal.PowerCut.Load;

/// <summary>Writers that each own some databases, one that creates and drops databases, and reads that race with them.</summary>
internal sealed class Workload : IDisposable
{
    private const int ProgressCommits = 25;
    private readonly LoadOptions _options;
    private readonly DatabaseEngine _engine;
    private readonly MarkFile _marks;
    private int _commits;

    private Workload(LoadOptions options, DatabaseEngine engine)
    {
        _options = options;
        _engine = engine;
        _marks = new MarkFile(options.Marks);
    }

    /// <summary>Runs the load and closes the engine. Prints how many commits were acknowledged now and then.</summary>
    public static async Task RunAsync(LoadOptions options)
    {
        await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = options.Folder,
            IdleClose = TimeSpan.FromMilliseconds(200),
            Limits = new EngineLimits { OpenDatabasesMax = options.OpenMax, CheckpointFramesMin = 200 },
        });
        using var workload = new Workload(options, engine);
        await workload.RunAsync();
    }

    public void Dispose() => _marks.Dispose();

    private async Task RunAsync()
    {
        var page = _engine.ListDatabases(Names.Account, nameContains: null, page: 1, perPage: int.MaxValue);
        var targets = new List<Target>();
        foreach (var record in page.Databases)
        {
            targets.Add(await ReopenAsync(record));
        }

        for (var number = 0; number < _options.Databases; number++)
        {
            if (targets.TrueForAll(target => target.Number != number))
            {
                targets.Add(await CreateAsync(number));
            }
        }

        var owned = targets.Where(target => target.Number < _options.Databases).ToLookup(t => t.Number % _options.Writers);
        var passing = targets.Where(target => target.Number >= _options.Databases);
        await Task.WhenAll(owned.Select(group => Task.Run(() => WriteAsync(group.Key, [.. group])))
            .Append(Task.Run(() => ComeAndGoAsync(new Queue<Target>(passing)))));
    }

    private bool IsDone => Volatile.Read(ref _commits) >= _options.Commits;

    private async Task WriteAsync(int writer, Target[] targets)
    {
        var chance = new Chance(_options.Seed, (ulong)_options.Round, (ulong)writer);
        while (!IsDone)
        {
            await BurstAsync(targets[chance.Below(targets.Length)], chance);
        }
    }

    private async Task ComeAndGoAsync(Queue<Target> alive)
    {
        var chance = new Chance(_options.Seed, (ulong)_options.Round, ulong.MaxValue);
        for (var number = 1000 * (_options.Round + 1); !IsDone; number++)
        {
            var target = await CreateAsync(number);
            alive.Enqueue(target);
            for (var bursts = chance.Below(4); bursts > 0; bursts--)
            {
                await BurstAsync(target, chance);
            }

            while (alive.Count > _options.Databases / 4)
            {
                var oldest = alive.Dequeue();
                _marks.Write(MarkKind.Dropping, oldest.Number, oldest.Model.Commits);
                await _engine.DeleteDatabaseAsync(oldest.Id);
                _marks.Write(MarkKind.Dropped, oldest.Number, oldest.Model.Commits);
            }
        }
    }

    private async Task<Target> CreateAsync(int number)
    {
        var record = await _engine.CreateDatabaseAsync(
            new NewDatabase { Account = Names.Account, Name = Names.Of(number) });
        _marks.Write(MarkKind.Created, number, 0);
        return new Target(record.Id, number, new DatabaseModel(_options.Seed, number));
    }

    /// <summary>A database that an earlier round left: what it has now is seen, and the history goes on from there.</summary>
    private async Task<Target> ReopenAsync(DatabaseRecord record)
    {
        var number = Names.Number(record.Name);
        var model = new DatabaseModel(_options.Seed, number);
        var tables = new ResultCollector();
        await _engine.ExecuteAsync(record.Id, SqlRequest.Single("SELECT 1 FROM sqlite_schema WHERE name = 'state'"), tables);
        if (tables.Rows.Count > 0)
        {
            _ = model.After(await ReadCommitsAsync(record.Id));
        }

        _marks.Write(MarkKind.Seen, number, model.Commits);
        return new Target(record.Id, number, model);
    }

    /// <summary>Sends a few transactions without waiting in between, and often a read that may see them too early.</summary>
    private async Task BurstAsync(Target target, Chance chance)
    {
        var transactions = new Transaction[chance.Below(3) == 0 ? chance.Between(2, 4) : 1];
        for (var index = 0; index < transactions.Length; index++)
        {
            transactions[index] = target.Model.Next();
        }

        var runs = transactions.Select(transaction => TryRunAsync(target, transaction)).ToArray();
        if (transactions[0].Number > 1)
        {
            switch (chance.Below(4))
            {
                case 0:
                    _marks.Write(MarkKind.Seen, target.Number, await ReadCommitsAsync(target.Id));
                    break;
                case 1:
                    await ProvokeErrorAsync(target, transactions[0].Number);
                    break;
            }
        }

        var done = await Task.WhenAll(runs);
        for (var index = 0; index < done.Length; index++)
        {
            // One that overtook another, when the database had to be opened, has failed and comes again in order.
            if (!done[index] && !await TryRunAsync(target, transactions[index]))
            {
                throw new InvalidOperationException(
                    $"transaction {transactions[index].Number} of {Names.Of(target.Number)} is refused");
            }
        }
    }

    private async Task<bool> TryRunAsync(Target target, Transaction transaction)
    {
        try
        {
            if (transaction.IsImport)
            {
                var text = string.Join(";\n", transaction.Statements) + ";\n";
                await _engine.ImportSqlAsync(target.Id, new MemoryStream(Encoding.UTF8.GetBytes(text)));
            }
            else
            {
                var items = transaction.Statements.Select(sql => new SqlBatchItem(sql)).ToArray();
                await _engine.ExecuteAsync(target.Id, new SqlRequest { Items = items }, new ResultCollector());
            }
        }
        catch (SqlException error) when (error.Message.Contains("NOT NULL", StringComparison.Ordinal))
        {
            return false;
        }

        _marks.Write(MarkKind.Committed, target.Number, transaction.Number);
        var commits = Interlocked.Increment(ref _commits);
        if (commits % ProgressCommits == 0)
        {
            Console.WriteLine(commits);
        }

        return true;
    }

    private async Task<int> ReadCommitsAsync(DatabaseId id)
    {
        var result = new ResultCollector();
        await _engine.ExecuteAsync(id, SqlRequest.Single("SELECT commits FROM state"), result);
        return (int)result.Rows[0][0].AsInteger;
    }

    /// <summary>A write that fails exactly if a commit has happened: the error shows it as well as a row would.</summary>
    private async Task ProvokeErrorAsync(Target target, int commit)
    {
        try
        {
            var sql = $"UPDATE state SET commits = NULL WHERE commits >= {commit}";
            await _engine.ExecuteAsync(target.Id, SqlRequest.Single(sql), new ResultCollector());
        }
        catch (SqlException error) when (error.Message.Contains("NOT NULL", StringComparison.Ordinal))
        {
            _marks.Write(MarkKind.Seen, target.Number, commit);
        }
    }

    private sealed record Target(DatabaseId Id, int Number, DatabaseModel Model);
}

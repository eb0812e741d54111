using System.Collections.Concurrent;
using System.Text;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.PowerCut.Model;
using Shoal.Protocol;

namespace Shoal.PowerCut.Load;

/// <summary>The databases of an engine in this process.</summary>
internal sealed class EngineDatabases(DatabaseEngine engine) : IDatabases
{
    private static readonly SqlRequest Everything = new()
    {
        Items = [.. Questions.Everything.Select(sql => new SqlBatchItem(sql))],
    };

    private readonly ConcurrentDictionary<DatabaseId, Bookmark> _beforeVacuum = new();

    public Task<IReadOnlyList<int>> ListAsync() => Task.FromResult<IReadOnlyList<int>>(
        [.. engine.ListDatabases(Names.Account, nameContains: null, page: 1, perPage: int.MaxValue).Databases
            .Select(database => Names.Number(database.Name))]);

    public Task CreateAsync(int number) =>
        engine.CreateDatabaseAsync(new NewDatabase { Account = Names.Account, Name = Names.Of(number) });

    public Task DropAsync(int number) => engine.DeleteDatabaseAsync(Find(number));

    public async Task<bool> TryRunAsync(int number, Transaction transaction)
    {
        try
        {
            if (transaction.IsImport)
            {
                await engine.ImportSqlAsync(Find(number), new MemoryStream(Encoding.UTF8.GetBytes(transaction.Text)));
            }
            else
            {
                var items = transaction.Statements.Select(sql => new SqlBatchItem(sql)).ToArray();
                await engine.ExecuteAsync(Find(number), new SqlRequest { Items = items }, new ResultCollector());
            }

            return true;
        }
        catch (SqlException error) when (error.Message.Contains(Questions.Refusal, StringComparison.Ordinal))
        {
            return false;
        }
    }

    public async Task<bool> TryVacuumAsync(int number)
    {
        var id = Find(number);
        if (engine.GetBookmark(id) is { } before)
        {
            _beforeVacuum[id] = before;
        }

        await Vacuum.RunAsync(engine, id);
        return true;
    }

    public async Task<ulong?> TryUndoVacuumAsync(int number)
    {
        var id = Find(number);
        if (engine.Options.Durability != DurabilityMode.Log || !_beforeVacuum.TryRemove(id, out var before))
        {
            return null;
        }

        // Whoever restores a database here is the only one who writes to it.
        await engine.TimeTravel.RestoreAsync(id, RestoreMoment.At(before.ToString()));
        return engine.TimeTravel.GetBookmark(id).Number;
    }

    public async Task<int> ReadCommitsAsync(int number) =>
        (int)(await RowsAsync(number, Questions.Commits))[0][0].AsInteger;

    public async Task<bool> ProvokeErrorAsync(int number, int commits)
    {
        try
        {
            _ = await RowsAsync(number, Questions.Provocation(commits));
            return false;
        }
        catch (SqlException error) when (error.Message.Contains(Questions.Refusal, StringComparison.Ordinal))
        {
            return true;
        }
    }

    public async Task<(long Commits, DatabaseState State)> ReadAsync(int number)
    {
        if ((await RowsAsync(number, Questions.HasTables)).Count == 0)
        {
            return default;
        }

        var reader = new StateReader();
        await engine.ExecuteAsync(Find(number), Everything, reader);
        return (reader.Commits, reader.State);
    }

    private async Task<IReadOnlyList<SqlValue[]>> RowsAsync(int number, string sql)
    {
        var result = new ResultCollector();
        await engine.ExecuteAsync(Find(number), SqlRequest.Single(sql), result);
        return result.Rows;
    }

    private DatabaseId Find(int number) => engine.FindDatabase(Names.Account, Names.Of(number))!.Id;
}

using Shoal.Items.Maintenance;
using Shoal.Items.Operations;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Typed values by key, as users of a Redis-like store know them, in a table of items.</summary>
/// <remarks>
/// Operations are made by <see cref="Strings"/>, <see cref="Hashes"/>, <see cref="Lists"/>, <see cref="Sets"/>,
/// <see cref="SortedSets"/>, <see cref="JsonDocuments"/>, <see cref="Streams"/>, <see cref="TimeSeries"/>, <see cref="Geo"/> and
/// <see cref="Keys"/>, and run here. Each is one transaction: it happens entirely or not at all, and operations on one key that run
/// at once never lose anything. What is written is durable when its task completes. Thread: safe for any. Mapping:
/// <c>docs/reference/item-types.md</c>.
/// </remarks>
public sealed class ValueStore : IAsyncDisposable
{
    /// <summary>Rows of one step of what is done later.</summary>
    internal const int StepRows = 500;

    private readonly ItemDatabase _database;
    private readonly string _table;
    private readonly MaintenanceLoop _loop;

    private ValueStore(ItemDatabase database, string table)
    {
        _database = database;
        _table = table;
        _loop = new MaintenanceLoop(MaintainAsync, database.Time);
    }

    /// <summary>Typed values in a table, which is created when there is none.</summary>
    /// <param name="store">Where; it must stay open, and is not disposed.</param>
    /// <param name="table">A name for the table; nothing else may be in it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ItemException">There is a table of that name that holds other items.</exception>
    public static async Task<ValueStore> OpenAsync(ItemStore store, string table = "values",
        CancellationToken cancellationToken = default)
    {
        ItemTable wanted = new()
        {
            Name = table,
            Key = new KeySchema(new KeyDefinition(ValueTransaction.Partition, AttributeType.S),
                new KeyDefinition(ValueTransaction.Sort, AttributeType.B)),
            Attributes = [new KeyDefinition(ValueTransaction.Partition, AttributeType.S),
                new KeyDefinition(ValueTransaction.Sort, AttributeType.B)],
        };
        var found = await store.FindTableAsync(table, cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            try
            {
                found = await store.CreateTableAsync(wanted, cancellationToken).ConfigureAwait(false);
            }
            catch (ItemException error) when (error.Reason == ItemErrorKind.ResourceInUse)
            {
                // Somebody else created it meanwhile.
                found = (await store.FindTableAsync(table, cancellationToken).ConfigureAwait(false))!;
            }
        }

        return found.Key == wanted.Key ? new ValueStore(store.Database, table) : throw new ItemException(ItemErrorKind.Validation,
            $"the table \"{table}\" has another key, so it holds no typed values", "Open typed values in a table of their own.");
    }

    /// <summary>Runs a write. Durable when the task completes.</summary>
    /// <exception cref="ItemException">It is refused; nothing of it was applied.</exception>
    public async Task<T> WriteAsync<T>(ValueWrite<T> write, CancellationToken cancellationToken = default)
    {
        var leftGarbage = false;
        var result = await _database.WriteAsync(
            transaction =>
            {
                var values = Begin(transaction);
                var returned = write.Run(values);
                leftGarbage = values.LeftGarbage;
                return returned;
            },
            cancellationToken).ConfigureAwait(false);
        KickWhen(leftGarbage);
        return result;
    }

    /// <summary>Runs writes in order in one transaction: a single durable commit for all.</summary>
    /// <param name="writes">Up to 1,000, also of one key.</param>
    /// <param name="mode">What a write that is refused means for the others.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Per write, in their order, what became of it.</returns>
    /// <exception cref="ItemException">One is refused (with <see cref="BatchMode.AllOrNothing"/>), or there are too many.</exception>
    public async Task<IReadOnlyList<ValueResult>> WriteAsync(IReadOnlyList<ValueWrite> writes, BatchMode mode = BatchMode.AllOrNothing,
        CancellationToken cancellationToken = default)
    {
        if (writes.Count is 0 or > ValueLimits.BatchMax)
        {
            throw ItemException.Validation($"a batch takes 1 to {ValueLimits.BatchMax} writes, not {writes.Count}");
        }

        var leftGarbage = false;
        var results = await _database.WriteAsync(
            transaction =>
            {
                var values = Begin(transaction);
                var returned = new ValueResult[writes.Count];
                for (var index = 0; index < writes.Count; index++)
                {
                    returned[index] = RunOne(values, writes, index, mode);
                }

                leftGarbage = values.LeftGarbage;
                return returned;
            },
            cancellationToken).ConfigureAwait(false);
        KickWhen(leftGarbage);
        return results;
    }

    /// <summary>Runs a read on one snapshot.</summary>
    /// <exception cref="ItemException">It is refused, for example because the key holds a value of another kind.</exception>
    public Task<T> ReadAsync<T>(ValueRead<T> read, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(transaction => read.Run(Begin(transaction)), cancellationToken);

    /// <summary>Does now what the background does from time to time: removes keys that have ended, and what large values left.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken = default)
    {
        while (await _database.WriteAsync(transaction => Begin(transaction).RemoveEnded(StepRows), cancellationToken)
            .ConfigureAwait(false))
        {
        }

        while (await _database.WriteAsync(transaction => Begin(transaction).RemoveGarbage(StepRows), cancellationToken)
            .ConfigureAwait(false))
        {
        }
    }

    /// <summary>Stops the background.</summary>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private static ValueResult RunOne(ValueTransaction values, IReadOnlyList<ValueWrite> writes, int index, BatchMode mode)
    {
        var write = writes[index];
        try
        {
            return new ValueResult(
                mode == BatchMode.Each ? values.RunPart(() => write.RunAny(values)) : write.RunAny(values), Error: null);
        }
        catch (ItemException error) when (mode == BatchMode.Each)
        {
            return new ValueResult(Value: null, error);
        }
        catch (ItemException error)
        {
            throw new ItemException(error.Reason,
                $"write {index + 1} of {writes.Count} was refused, so none is applied: {error.Message}", error.Hint);
        }
    }

    private void KickWhen(bool leftGarbage)
    {
        if (leftGarbage)
        {
            _loop.Kick();
        }
    }

    private ValueTransaction Begin(ItemTransaction transaction) => new(transaction, _table, _database.Time.GetUtcNow());
}

using System.Security.Cryptography;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Plan;
using Shoal.Sync.State;

namespace Shoal.Sync.Copying;

/// <summary>A tenant that is being copied: rows that wait for the next request, in the form in which it sends them.</summary>
/// <remarks>
/// Thread: one caller. The tenant's database is made ready while rows come already, and a request is on its way while the next
/// one fills.
/// </remarks>
internal sealed class CopyTarget
{
    private const int BatchRows = 10_000;
    private const long BatchBytes = 1024 * 1024;

    /// <summary>Rows that are kept as they are until the database is ready.</summary>
    private const int EarlyRows = 2_000;

    /// <summary>What a table's first row takes, however short it is.</summary>
    private const int BlockBytes = 4 * 1024;

    private const int RefusedMax = 1_000;

    /// <summary>What a value takes in memory beside its text or its bytes, about.</summary>
    private const int ValueBytes = 24;

    private readonly LaneContext _context;
    private readonly Task _beginning;
    private readonly List<(TablePlan Table, SqlValue[] Row)> _early = [];
    private readonly List<DeadRow> _refused = [];
    private Dictionary<TablePlan, CopyBlock> _blocks = [];
    private Task _sending = Task.CompletedTask;
    private TenantLane? _lane;
    private int _rows;
    private int _refusedByDatabase;

    /// <param name="lane">Opens the tenant.</param>
    /// <param name="isOpen">Whether that has just been done, so that what the lane says of its database is still so.</param>
    /// <param name="context">What all tenants share.</param>
    /// <param name="cancellation">Ends the run.</param>
    public CopyTarget(Func<ValueTask<TenantLane>> lane, bool isOpen, LaneContext context, CancellationToken cancellation)
    {
        _context = context;
        _beginning = Task.Run(() => BeginAsync(lane, isOpen, cancellation), cancellation);
    }

    /// <summary>The tenant, once <see cref="ArriveAsync"/> has ended.</summary>
    public TenantLane Lane => _lane!;

    /// <summary>Tells this copy from all others of the tenant.</summary>
    public long Token { get; } =
        (RandomNumberGenerator.GetInt32(int.MaxValue) * (long)int.MaxValue) + RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Whether rows go aside first, because readers see the tables.</summary>
    public bool Aside { get; private set; }

    /// <summary>Whether the tables are other ones now.</summary>
    public bool Rebuild { get; private set; }

    /// <summary>What waits. Units: bytes of memory, about.</summary>
    public long Waiting { get; private set; }

    /// <summary>Why the tenant's database can not be written; then the others go on without it.</summary>
    public string? Failure { get; private set; }

    /// <summary>Rows that can not be stored, once <see cref="ArriveAsync"/> has ended; the first ones.</summary>
    public IReadOnlyList<DeadRow> Refused => _refused;

    public void Fail(string reason) => Failure ??= reason;

    /// <summary>Keeps a row that can not be stored on record. Thread: any.</summary>
    public void Refuse(DeadRow row)
    {
        lock (_refused)
        {
            if (_refused.Count < RefusedMax)
            {
                _refused.Add(row);
            }
        }
    }

    /// <param name="table">Its table.</param>
    /// <param name="row">The row, which stays the caller's.</param>
    /// <param name="cancellation">Ends the run.</param>
    public ValueTask AddAsync(TablePlan table, SqlValue[] row, CancellationToken cancellation)
    {
        if (Failure is not null)
        {
            return ValueTask.CompletedTask;
        }

        var begun = _beginning.IsCompletedSuccessfully;
        if (!begun || _early.Count > 0)
        {
            _early.Add((table, (SqlValue[])row.Clone()));
            Waiting += SizeOf(row);
            return begun || _early.Count == EarlyRows || Waiting >= BatchBytes ? new(CatchUpAsync(cancellation)) : default;
        }

        Encode(table, row);
        return IsFull ? new(SendAsync(cancellation)) : default;
    }

    /// <summary>Sends what waits, as soon as what went before has arrived.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        await SendAsync(cancellation);
    }

    public async Task ArriveAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        await _sending;
    }

    private bool IsFull => _rows >= BatchRows || Waiting >= BatchBytes;

    private static long SizeOf(SqlValue[] row)
    {
        var bytes = 0L;
        foreach (var value in row)
        {
            bytes += ValueBytes + value.Kind switch
            {
                SqlValueKind.Text => sizeof(char) * value.AsText.Length,
                SqlValueKind.Blob => value.AsBlob.Length,
                _ => 0,
            };
        }

        return bytes;
    }

    /// <summary>Takes what came before the database was ready.</summary>
    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        await _beginning;
        Waiting -= _early.Sum(static one => SizeOf(one.Row));
        foreach (var (table, row) in Failure is null ? _early : [])
        {
            Encode(table, row);
            if (IsFull)
            {
                await SendAsync(cancellation);
            }
        }

        _early.Clear();
    }

    private void Encode(TablePlan table, SqlValue[] row)
    {
        if (!_blocks.TryGetValue(table, out var block))
        {
            _blocks[table] = block = new CopyBlock(table, Aside, _context);
            Waiting += BlockBytes;
        }

        var before = block.Bytes;
        block.Add(row);
        Waiting += block.Bytes - before;
        _rows++;
    }

    private async Task BeginAsync(Func<ValueTask<TenantLane>> lane, bool isOpen, CancellationToken cancellation)
    {
        await _context.Slots.WaitAsync(cancellation);
        try
        {
            _lane = await lane();

            // As it is now: the database may have been deleted meanwhile. Nobody relies on a tenant whose first copy has not ended.
            var state = isOpen ? _lane.State : await _lane.Writer.OpenAsync(cancellation);
            Aside = state.IsCopied;
            Rebuild = state.SchemaHash != _context.Plan.SchemaHash;
            await _lane.Writer.BeginCopyAsync(Token, Aside, cancellation);
        }
        catch (ShoalException error) when (!error.IsTransient)
        {
            Fail(error.Reason);
        }
        finally
        {
            _context.Slots.Release();
        }
    }

    /// <summary>Sends what is encoded, as soon as what went before has arrived.</summary>
    private async Task SendAsync(CancellationToken cancellation)
    {
        await _sending;
        var blocks = _blocks;
        _blocks = [];
        _rows = 0;
        Waiting = 0;
        if (blocks.Count > 0)
        {
            // Elsewhere: making a request takes about as long as reading its rows.
            _sending = Task.Run(() => SendAsync(blocks, cancellation), cancellation);
        }
    }

    private async Task SendAsync(Dictionary<TablePlan, CopyBlock> blocks, CancellationToken cancellation)
    {
        await _context.Slots.WaitAsync(cancellation);
        try
        {
            if (Failure is null)
            {
                await Lane.Writer.CopyAsync(Token, [.. blocks.Values.Select(static block => (block.Rows, 0, block.Count))], cancellation);
            }
        }
        catch (ShoalException error) when (TenantWriter.BlamesRows(error))
        {
            foreach (var block in blocks.Values)
            {
                await DivideAsync(block, 0, block.Count, cancellation);
            }
        }
        catch (ShoalException error) when (!error.IsTransient)
        {
            Fail(error.Reason);
        }
        finally
        {
            _context.Slots.Release();
            foreach (var block in blocks.Values)
            {
                block.Recycle();
            }
        }
    }

    /// <summary>Sends rows in parts until those that are refused are alone.</summary>
    private async Task DivideAsync(CopyBlock block, int from, int to, CancellationToken cancellation)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            await Lane.Writer.CopyAsync(Token, [(block.Rows, from, to)], cancellation);
            return;
        }
        catch (ShoalException error) when (TenantWriter.BlamesRows(error))
        {
            if (to - from == 1)
            {
                RefuseAt(block, from, TenantWriter.Short(error.Reason));
                return;
            }
        }
        catch (ShoalException error) when (!error.IsTransient)
        {
            Fail(error.Reason);
            return;
        }

        var middle = from + ((to - from) / 2);
        await DivideAsync(block, from, middle, cancellation);
        await DivideAsync(block, middle, to, cancellation);
    }

    private void RefuseAt(CopyBlock block, int row, string reason)
    {
        _context.Progress.Counters.DeadLetter();
        Refuse(new DeadRow(block.Table.Name, block.KeyOf(row), reason));
        if (++_refusedByDatabase > _context.Settings.Apply.MaxDeadLetters)
        {
            Fail($"more than {_context.Settings.Apply.MaxDeadLetters} rows were refused: {reason}");
        }
    }
}

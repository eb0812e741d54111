using System.Security.Cryptography;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Plan;

namespace Shoal.Sync.Copying;

/// <summary>A tenant that is being copied: rows that wait for the next batch.</summary>
/// <remarks>Thread: one caller; the batch before is on its way while the next one fills.</remarks>
internal sealed class CopyTarget(TenantLane lane, bool aside, bool rebuild, SemaphoreSlim slots)
{
    private const int BatchRows = 2_000;
    private const long BatchBytes = 2 * 1024 * 1024;

    private readonly Dictionary<TablePlan, List<SqlValue[]>> _rows = [];
    private Task _sending = Task.CompletedTask;
    private int _waiting;
    private long _bytes;

    public TenantLane Lane { get; } = lane;

    /// <summary>Tells this copy from all others of the tenant.</summary>
    public long Token { get; } =
        (RandomNumberGenerator.GetInt32(int.MaxValue) * (long)int.MaxValue) + RandomNumberGenerator.GetInt32(1, int.MaxValue);

    public bool Aside { get; } = aside;

    public bool Rebuild { get; } = rebuild;

    public int Waiting => _waiting;

    /// <summary>Why the tenant's database refused rows; then the others go on without it.</summary>
    public string? Failure { get; private set; }

    public void Fail(string reason) => Failure ??= reason;

    public async ValueTask AddAsync(TablePlan table, SqlValue[] row, int bytes, CancellationToken cancellation)
    {
        if (Failure is not null)
        {
            return;
        }

        if (!_rows.TryGetValue(table, out var rows))
        {
            _rows[table] = rows = [];
        }

        rows.Add(row);
        _waiting++;
        _bytes += bytes;
        if (_waiting >= BatchRows || _bytes >= BatchBytes)
        {
            await FlushAsync(cancellation);
        }
    }

    /// <summary>Sends what waits, as soon as what went before has arrived.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        await _sending;
        var rows = _rows.ToList();
        _rows.Clear();
        _waiting = 0;
        _bytes = 0;
        _sending = SendAsync(rows, cancellation);
    }

    public async Task ArriveAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        await _sending;
    }

    private async Task SendAsync(List<KeyValuePair<TablePlan, List<SqlValue[]>>> rows, CancellationToken cancellation)
    {
        await slots.WaitAsync(cancellation);
        try
        {
            foreach (var (table, list) in rows)
            {
                await Lane.Writer.CopyAsync(Token, table, list, Aside, cancellation);
            }
        }
        catch (ShoalException error) when (!error.IsTransient)
        {
            Fail(error.Reason);
        }
        finally
        {
            slots.Release();
        }
    }
}

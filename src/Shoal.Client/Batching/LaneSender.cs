using Shoal.Client.Bulk;

namespace Shoal.Client.Batching;

/// <summary>Sends the batches of a lane, one at a time, each with a token of its own.</summary>
internal sealed class LaneSender<T>(Database database, WriteSql<T> put, WriteSql<T>? delete, string scope, bool isolatesRows,
    RequestGate gate)
{
    private readonly BlockSender<T> _put = new(database, put, scope, isolatesRows, gate);
    private readonly BlockSender<T>? _delete = delete is null ? null : new(database, delete, scope, isolatesRows, gate);
    private long _number;

    public RequestGate Gate => gate;

    public long Requests => _put.Requests + (_delete?.Requests ?? 0);

    public long BytesSent => _put.BytesSent + (_delete?.BytesSent ?? 0);

    public long RowsWritten => _put.RowsWritten + (_delete?.RowsWritten ?? 0);

    /// <summary>Sends a batch and tells the fate of its rows, in order, run by run.</summary>
    public Task SendAsync(LaneBatch<T> batch, long? settledBelow, Func<int, int, RowStatus, ShoalException?, bool> settle,
        CancellationToken cancellation)
    {
        var sender = batch.IsDelete ? _delete! : _put;
        sender.Numbers = batch.Numbers;
        sender.SettledBelow = settledBelow;
        var start = _number;
        _number += batch.Rows.Count;
        return sender.SendAsync(batch.Rows, batch.Head, batch.Rows.Count, start, settle, cancellation);
    }
}

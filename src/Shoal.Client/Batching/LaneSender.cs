using Shoal.Client.Bulk;

namespace Shoal.Client.Batching;

/// <summary>Sends the batches of a lane, one at a time, each with a token of its own.</summary>
internal sealed class LaneSender<T>(Database database, string scope, bool isolatesRows, RequestGate gate)
{
    private readonly BlockSender<T> _sender = new(database, scope, isolatesRows, gate);
    private long _number;

    public RequestGate Gate => gate;

    public long Requests => _sender.Requests;

    public long BytesSent => _sender.BytesSent;

    public long RowsWritten => _sender.RowsWritten;

    /// <summary>Sends a batch and tells the fate of its rows, in order, run by run.</summary>
    public Task SendAsync(LaneBatch<T> batch, long? settledBelow, Func<int, int, RowStatus, ShoalException?, bool> settle,
        CancellationToken cancellation)
    {
        _sender.Numbers = batch.Numbers;
        _sender.SettledBelow = settledBelow;
        var start = _number;
        _number += batch.Rows.Count;
        return _sender.SendAsync(batch.Rows, batch.Head, batch.Rows.Count, start, settle, cancellation);
    }
}

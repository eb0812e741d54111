namespace Shoal.Server.Transfer;

/// <summary>The right to import or export now, until disposal.</summary>
internal sealed class TransferTurn(CancellationTokenSource stop, Action giveBack) : IDisposable
{
    private bool _isOver;

    /// <summary>Says when to stop: the caller gave up, or the database is deleted.</summary>
    public CancellationToken Stopping { get; } = stop.Token;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, true))
        {
            return;
        }

        stop.Dispose();
        giveBack();
    }
}

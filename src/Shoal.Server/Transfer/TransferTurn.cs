namespace Shoal.Server.Transfer;

/// <summary>The right to import or export now, until disposal.</summary>
internal sealed class TransferTurn(CancellationTokenSource stop, Action giveBack) : IDisposable
{
    /// <summary>Says when to stop: the caller gave up, or the database is deleted.</summary>
    public CancellationToken Stopping { get; } = stop.Token;

    public void Dispose()
    {
        stop.Dispose();
        giveBack();
    }
}

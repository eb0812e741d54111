namespace Shoal.Engine.Log;

/// <summary>Somebody who may go on when a position of the log is durable.</summary>
internal interface IDurableWaiter
{
    /// <summary>It is. Called on the log's thread: hand real work to others.</summary>
    void OnDurable();
}

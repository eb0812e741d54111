namespace Shoal.Client.Batching;

/// <summary>Who waits for the results of items.</summary>
/// <remarks>Thread: called from any, never under a lock of the engine; called once per item.</remarks>
internal interface IResultSink
{
    /// <summary>The item's fate; its index is the one it was added with.</summary>
    void Settle(in ItemResult result);
}

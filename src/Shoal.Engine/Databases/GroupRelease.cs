using Shoal.Engine.Log;

namespace Shoal.Engine.Databases;

/// <summary>Tells the callers of a group that their commit is durable.</summary>
internal sealed class GroupRelease(WriteTurn[] turns) : IDurableWaiter
{
    public void OnDurable()
    {
        foreach (var turn in turns)
        {
            turn.Complete();
        }
    }
}

using System.Runtime.CompilerServices;
using Shoal.Engine.Catalog;

namespace Shoal.Server.Http;

/// <summary>A database's turn in the <see cref="FairQueue"/>, to be awaited at once.</summary>
internal readonly struct FairTurn(FairQueue queue, DatabaseRecord database) : ICriticalNotifyCompletion
{
    public bool IsCompleted => queue.MayGoOn(database);

    public FairTurn GetAwaiter() => this;

    public void GetResult()
    {
        // Nothing can go wrong.
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => queue.Enqueue(database.Id, continuation);
}

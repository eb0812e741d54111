using Shoal.Engine.Work;
using Shoal.Items.Storage;

namespace Shoal.Items.Operations;

/// <summary>An operation on items as work of the engine, with its result.</summary>
internal sealed class ItemWork<T>(TableCache cache, TimeProvider time, Func<ItemTransaction, T> run) : IDatabaseWork
{
    /// <summary>What the last run returned.</summary>
    public T Result { get; private set; } = default!;

    public void Run(WorkSession session) => Result = run(new ItemTransaction(session, cache, time));
}

using Shoal.PowerCut.Load;
using Shoal.PowerCut.Replay;

namespace Shoal.PowerCut.Kill;

/// <summary>Remembers what was promised, in a process that outlives the server.</summary>
internal sealed class Witness : IMarks
{
    private readonly Dictionary<int, Promises> _promises = [];

    /// <summary>Nothing may be writing to it.</summary>
    public IReadOnlyDictionary<int, Promises> Promises => _promises;

    public void Write(MarkKind kind, int database, int commits)
    {
        lock (_promises)
        {
            if (!_promises.TryGetValue(database, out var promise))
            {
                _promises.Add(database, promise = new Promises());
            }

            promise.Add(new Mark(kind, database, commits));
        }
    }
}

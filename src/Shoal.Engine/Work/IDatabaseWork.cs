using Shoal.Engine.Requests;

namespace Shoal.Engine.Work;

/// <summary>Trusted code that runs inside of a database's transaction, beside other requests of the same group commit.</summary>
/// <remarks>
/// Thread: one at a time, on the thread that executes SQL, so it must not block or wait. It may be run again, from its
/// first statement, when the group it was part of could not be committed together: whatever it keeps of its result it must
/// begin anew in <see cref="Run"/>, and nobody may be shown it before the engine's task has completed.
/// </remarks>
public interface IDatabaseWork
{
    /// <summary>Does the work. An exception undoes all of it, and reaches the caller.</summary>
    void Run(WorkSession session);

    /// <summary>Hears after each run, also one that failed, what its statements did and cost together.</summary>
    /// <remarks>Work that only reads is not told the database's size: it is 0.</remarks>
    void Measured(in StatementMeta meta)
    {
    }
}

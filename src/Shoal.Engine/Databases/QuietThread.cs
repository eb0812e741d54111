using System.Collections.Concurrent;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.Databases;

/// <summary>A thread for what nobody waits for: it runs one thing after the other, and lets everybody else go first.</summary>
/// <remarks>The pool has as many threads as there are processors, and what works there for milliseconds holds up requests.</remarks>
internal sealed class QuietThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <param name="name">For whoever looks at the process. At most 15 characters.</param>
    public QuietThread(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Completes when the work has been done, or with its error.</summary>
    public Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
#pragma warning disable CA1031 // a boundary: it is for whoever awaits it
            catch (Exception error)
#pragma warning restore CA1031
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    /// <summary>Ends the thread after what is queued.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        Scheduling.LetOthersFirst();
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}

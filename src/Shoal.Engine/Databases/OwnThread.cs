using Shoal.Sqlite.Threads;

namespace Shoal.Engine.Databases;

/// <summary>Runs what takes long on a thread of its own that leaves the processors to requests.</summary>
/// <remarks>
/// The pool has as many threads as there are processors, and what works there for milliseconds holds up requests. A thread that
/// has done its work waits a while for more: to begin a new one takes a third of a millisecond.
/// </remarks>
internal static class OwnThread
{
    /// <summary>Threads that wait for work at most; there may be more at work.</summary>
    private const int IdleMax = 8;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);
    private static readonly Lock Gate = new();

    /// <summary>Those that wait; the last one has waited least and is chosen first, so that the others end.</summary>
    private static readonly List<Worker> Idle = [];

    /// <summary>Runs work; its result, or what it throws, becomes the task's.</summary>
    /// <param name="work">What takes long.</param>
    /// <param name="cancellation">Before the work begins; what has begun ends by itself.</param>
    public static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellation);
        }

        // Whoever waits goes on elsewhere: this thread is one of low priority.
        var task = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var context = ExecutionContext.Capture();
        Start(() =>
        {
            if (context is null)
            {
                Run(work, task);
            }
            else
            {
                ExecutionContext.Run(context, _ => Run(work, task), state: null);
            }
        });
        return task.Task;
    }

    /// <inheritdoc cref="RunAsync{T}(Func{T}, CancellationToken)"/>
    public static Task RunAsync(Action work, CancellationToken cancellation) => RunAsync(
        () =>
        {
            work();
            return true;
        },
        cancellation);

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> task)
    {
        try
        {
            task.SetResult(work());
        }
        catch (OperationCanceledException error)
        {
            task.SetCanceled(error.CancellationToken);
        }
        catch (Exception error)
        {
            // Boundary: it is the task's.
            task.SetException(error);
        }
    }

    private static void Start(Action work)
    {
        Worker? worker;
        lock (Gate)
        {
            worker = Idle.LastOrDefault();
            if (worker is not null)
            {
                Idle.RemoveAt(Idle.Count - 1);
            }
        }

        if (worker is null)
        {
            worker = new Worker();
            new Thread(worker.Loop) { IsBackground = true, Name = "shoal-long" }.Start();
        }

        worker.Give(work);
    }

    /// <summary>Whether a thread that has nothing to do may wait for work.</summary>
    private static bool TryWait(Worker worker)
    {
        lock (Gate)
        {
            if (Idle.Count >= IdleMax)
            {
                return false;
            }

            Idle.Add(worker);
            return true;
        }
    }

    /// <summary>Ends the wait of a thread; false when somebody has just chosen it.</summary>
    private static bool TryLeave(Worker worker)
    {
        lock (Gate)
        {
            return Idle.Remove(worker);
        }
    }

    private sealed class Worker
    {
        private readonly object _gate = new();
        private Action? _work;

        public void Give(Action work)
        {
            lock (_gate)
            {
                _work = work;
                Monitor.Pulse(_gate);
            }
        }

        public void Loop()
        {
            Scheduling.LetOthersFirst();
            do
            {
                // Whoever has chosen it gives it something at once.
                var work = Take(IdleTime) ?? (TryLeave(this) ? null : Take(Timeout.InfiniteTimeSpan));
                if (work is null)
                {
                    return;
                }

                work();
            }
            while (TryWait(this));
        }

        private Action? Take(TimeSpan timeout)
        {
            lock (_gate)
            {
                while (_work is null)
                {
                    if (!Monitor.Wait(_gate, timeout))
                    {
                        break;
                    }
                }

                (var work, _work) = (_work, null);
                return work;
            }
        }
    }
}

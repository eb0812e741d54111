using System.Runtime.ExceptionServices;
using Shoal.Engine.Databases;

namespace Shoal.Engine.History;

/// <summary>Does steps on all processors, on threads that leave them to requests.</summary>
internal static class InParallel
{
    /// <summary>Does all steps, in any order. The first failure ends it, when no step is being done any more.</summary>
    /// <typeparam name="T">What a thread needs for its steps.</typeparam>
    /// <param name="steps">How many.</param>
    /// <param name="begin">Makes what a thread needs.</param>
    /// <param name="run">Does a step.</param>
    /// <param name="end">Gives back what a thread needed.</param>
    public static void Run<T>(int steps, Func<T> begin, Action<int, T> run, Action<T> end)
    {
        var next = -1;
        Exception? failure = null;
        void Work()
        {
            var own = begin();
            try
            {
                for (var step = Interlocked.Increment(ref next); step < steps && failure is null; step = Interlocked.Increment(ref next))
                {
                    run(step, own);
                }
            }
            catch (Exception error)
            {
                // Boundary: thrown again below, on the caller's thread.
                Interlocked.CompareExchange(ref failure, error, comparand: null);
            }
            finally
            {
                end(own);
            }
        }

        // Whoever comes late finds nothing to do.
        var others = Enumerable.Range(1, Math.Max(0, Math.Min(Environment.ProcessorCount, steps) - 1))
            .Select(_ => OwnThread.RunAsync(Work, CancellationToken.None)).ToArray();
        Work();
        Task.WaitAll(others);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}

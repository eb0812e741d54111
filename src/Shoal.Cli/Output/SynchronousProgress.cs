namespace Shoal.Cli.Output;

/// <summary>Reports on the caller's thread, in order; <see cref="Progress{T}"/> would reorder on the thread pool.</summary>
internal sealed class SynchronousProgress<T> : IProgress<T>
{
    private readonly Action<T> _report;

    public SynchronousProgress(Action<T> report) => _report = report;

    public void Report(T value) => _report(value);
}

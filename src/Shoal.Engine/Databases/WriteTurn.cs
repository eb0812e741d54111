using Shoal.Engine.Requests;

namespace Shoal.Engine.Databases;

/// <summary>A request in a database's write queue: what to run, and the promise to its caller.</summary>
internal sealed class WriteTurn(SqlRequest request, IResultSink sink, CancellationToken cancellation)
{
    // The caller's continuation writes a response; it must not run on the writer's thread between two commits.
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqlRequest Request { get; } = request;

    public IResultSink Sink { get; } = sink;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Set while the group is open; told to the caller after its commit.</summary>
    public Exception? Error { get; set; }

    /// <summary>Completes when the request is durable or has failed.</summary>
    public Task Completion => _completion.Task;

    public void Complete()
    {
        if (Error is null)
        {
            _completion.TrySetResult();
        }
        else if (Error is OperationCanceledException)
        {
            _completion.TrySetCanceled(Cancellation);
        }
        else
        {
            _completion.TrySetException(Error);
        }
    }
}

using Shoal.Engine.Requests;
using Shoal.Engine.Work;

namespace Shoal.Engine.Databases;

/// <summary>A request or a piece of work in a database's write queue: what to run, and the promise to its caller.</summary>
internal sealed class WriteTurn
{
    private static readonly SqlRequest NoRequest = new() { Items = [] };

    // The caller's continuation writes a response; it must not run on the writer's thread between two commits.
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WriteTurn(SqlRequest request, IResultSink sink, CancellationToken cancellation)
    {
        Request = request;
        Sink = sink;
        Cancellation = cancellation;
    }

    public WriteTurn(IDatabaseWork work, CancellationToken cancellation)
        : this(NoRequest, new ResultCollector(), cancellation) => Work = work;

    public SqlRequest Request { get; }

    /// <summary>What to run in the place of a request; null for a request.</summary>
    public IDatabaseWork? Work { get; }

    public IResultSink Sink { get; }

    public CancellationToken Cancellation { get; }

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

using System.Net;
using System.Text;

namespace Shoal.Client.Tests.Batching;

/// <summary>Stands between a client and a real server: holds requests until they are let go, counts them, or refuses them.</summary>
internal sealed class GateHandler() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    private readonly Lock _gate = new();
    private readonly List<(Func<bool> Met, TaskCompletionSource Reached)> _watchers = [];
    private TaskCompletionSource? _held;
    private int _inFlight;
    private int _maxInFlight;
    private int _requests;

    /// <summary>Called before each request to <c>/raw</c> goes on; a status ends it here.</summary>
    public Func<HttpRequestMessage, string, HttpStatusCode?> Refuse { get; set; } = static (_, _) => null;

    /// <summary>Called when a request has been answered.</summary>
    public Action Answered { get; set; } = static () => { };

    public List<string> Bodies { get; } = [];

    public int Requests => Volatile.Read(ref _requests);

    public int InFlight => Volatile.Read(ref _inFlight);

    public int MaxInFlight => Volatile.Read(ref _maxInFlight);

    /// <summary>From now on requests wait here.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            _held?.SetResult();
            _held = null;
        }
    }

    /// <summary>Completes when this many requests are on their way.</summary>
    public Task WhenInFlightAsync(int count) => WhenAsync(() => _inFlight >= count);

    /// <summary>Completes when this many requests have come.</summary>
    public Task WhenRequestsAsync(int count) => WhenAsync(() => _requests >= count);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.RequestUri!.AbsolutePath.EndsWith("/raw", StringComparison.Ordinal))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var body = await request.Content!.ReadAsStringAsync(cancellationToken);
        Task held;
        HttpStatusCode? refusal;
        lock (_gate)
        {
            _requests++;
            _inFlight++;
            _maxInFlight = Math.Max(_maxInFlight, _inFlight);
            Bodies.Add(body);
            held = _held?.Task ?? Task.CompletedTask;
            refusal = Refuse(request, body);
            foreach (var (_, reached) in _watchers.Where(static watcher => watcher.Met()))
            {
                reached.TrySetResult();
            }
        }

        try
        {
            await held.WaitAsync(cancellationToken);
            return refusal is { } status
                ? new HttpResponseMessage(status) { Content = new StringContent("", Encoding.UTF8, "text/html") }
                : await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            Answered();
        }
    }

    private Task WhenAsync(Func<bool> met)
    {
        lock (_gate)
        {
            if (met())
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((met, reached));
            return reached.Task;
        }
    }
}

using Shoal.Engine;

namespace Shoal.Items.Maintenance;

/// <summary>Runs maintenance once a minute and when asked, one run at a time, until it is disposed.</summary>
internal sealed class MaintenanceLoop : IAsyncDisposable
{
    /// <summary>How long an item may stay after it has expired, at least; DynamoDB promises days.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(60);

    private readonly Func<CancellationToken, Task> _run;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private bool _again;

    public MaintenanceLoop(Func<CancellationToken, Task> run, TimeProvider time)
    {
        _run = run;
        _timer = time.CreateTimer(_ => Kick(), state: null, Period, Period);
    }

    /// <summary>Runs soon, if it is not running; else once more after that.</summary>
    public void Kick()
    {
        lock (_gate)
        {
            if (!_running.IsCompleted)
            {
                _again = true;
                return;
            }

            if (!_stopping.IsCancellationRequested)
            {
                _running = Task.Run(RunAsync);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _stopping.Cancel();
            running = _running;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        do
        {
            try
            {
                await _run(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is EngineException or OperationCanceledException or ObjectDisposedException)
            {
                // A boundary: what could not be done now is found in the database and tried again in a minute.
            }
        }
        while (TakeAgain());
    }

    private bool TakeAgain()
    {
        lock (_gate)
        {
            if (_again && !_stopping.IsCancellationRequested)
            {
                _again = false;
                return true;
            }

            // Said under the lock: who kicks from here on begins a run, for this one would not hear it.
            _running = Task.CompletedTask;
            return false;
        }
    }
}

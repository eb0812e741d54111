using System.Runtime.InteropServices;

namespace Shoal.Client.Buffering;

/// <summary>Calls something when the process is about to end: after its last statement, or by SIGTERM, SIGINT or SIGHUP.</summary>
/// <remarks>
/// The runtime ends a process at once by these signals unless somebody handles them. A host that has taken a signal over already
/// stops by itself; then nothing is done here. Thread: any.
/// </remarks>
internal sealed class ExitHook : IDisposable
{
    private readonly Action _exiting;
    private readonly PosixSignalRegistration[] _signals;

    public ExitHook(Action exiting)
    {
        _exiting = exiting;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        _signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        Array.ForEach(_signals, static signal => signal.Dispose());
    }

    private void OnExit(object? sender, EventArgs arguments) => _exiting();

    private void OnSignal(PosixSignalContext context)
    {
        if (!context.Cancel)
        {
            _exiting();
        }
    }
}

using System.Runtime.InteropServices;
using Shoal.Cli;

// The first Ctrl-C or SIGTERM asks the command to stop; a second one ends the process at once.
using var stopping = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    if (!stopping.IsCancellationRequested)
    {
        signal.Cancel = true;
        stopping.Cancel();
    }
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await new CliApplication(CliConsole.OfProcess()).RunAsync(args, stopping.Token);

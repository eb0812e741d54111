using System.Diagnostics;

namespace Shoal.Benchmarks.History;

/// <summary>A process of idle priority that only computes: what the machine makes of one busy processor, whoever uses it.</summary>
/// <remarks>Owns: the process, until disposed; it ends by itself after a minute.</remarks>
internal sealed class IdleHog : IDisposable
{
    private readonly Process _process;

    public IdleHog()
    {
        var start = new ProcessStartInfo("timeout");
        foreach (var argument in (string[])["60", "nice", "-n", "19", "chrt", "--idle", "0", "sh", "-c", "while :; do :; done"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("timeout can not be started");
    }

    public void Dispose()
    {
        // Of GNU coreutils: it ends what it has started when it is asked to end itself.
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}

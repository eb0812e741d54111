using System.Diagnostics;
using System.Text.Json;

namespace Shoal.PowerCut.Replay;

/// <summary>The checker, started again whenever it has ended or hangs.</summary>
internal sealed class CheckerProcess(IReadOnlyList<string> arguments) : IDisposable
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);
    private Process? _process;

    public async Task<Verdict> CheckAsync(int record, string folder)
    {
        _process ??= ChildProcess.Start(arguments, withInput: true);
        try
        {
            await _process.StandardInput.WriteLineAsync($"{record} {folder}");
            var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeMax);
            if (line is not null)
            {
                return JsonSerializer.Deserialize<Verdict>(line)!;
            }

            await _process.WaitForExitAsync();
            return Ended($"recovery ended its process with code {_process.ExitCode}");
        }
        catch (Exception error) when (error is TimeoutException or IOException)
        {
            return Ended($"recovery hangs or died: {error.Message}");
        }
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
            _process = null;
        }
    }

    private Verdict Ended(string reason)
    {
        Dispose();
        return new Verdict { Unusable = [reason] };
    }
}

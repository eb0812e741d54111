using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shoal.Sync.Tests.Runs;

/// <summary>The real program, as a process that can be killed.</summary>
internal sealed class ShoalProgram : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private ShoalProgram(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>All that it has printed.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>The most memory that it has had at once, code and all. Units: bytes.</summary>
    public long PeakBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    public static ShoalProgram Start(string folder, params string[] arguments) => Start(folder, heapMax: null, arguments);

    /// <param name="folder">Where it runs.</param>
    /// <param name="heapMax">Most that the garbage collector may have; null for as much as there is. Units: bytes.</param>
    /// <param name="arguments">Its command line.</param>
    public static ShoalProgram Start(string folder, long? heapMax, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "shoal.dll"), .. arguments])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["HOME"] = folder;
        if (heapMax is { } bytes)
        {
            start.Environment["DOTNET_GCHeapHardLimit"] = bytes.ToString("x", CultureInfo.InvariantCulture);
        }

        return new ShoalProgram(Process.Start(start)!);
    }

    /// <summary>Waits until it has printed a text.</summary>
    public Task SaysAsync(string text) => SyncFixture.UntilAsync(() =>
    {
        Assert.False(_process.HasExited, Said);
        return Task.FromResult(Said.Contains(text, StringComparison.Ordinal));
    }, () => Said);

    /// <summary>By SIGKILL: it can do nothing about it.</summary>
    public async Task KillAsync()
    {
        Assert.False(_process.HasExited, Said);
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>By SIGTERM; the exit code.</summary>
    public async Task<int> EndAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        // Its folder goes next, and nobody may be writing there any more.
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Hear(string? line)
    {
        lock (_said)
        {
            _said.AppendLine(line);
        }
    }
}

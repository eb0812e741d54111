using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace Shoal.Cli.Tests.Serving;

/// <summary>The real program, started as a process.</summary>
internal sealed class ShoalProcess : IDisposable
{
    public const string SigInt = "INT";
    public const string SigTerm = "TERM";

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _error = new();

    private ShoalProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Receive(line.Data);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
            {
                _error.AppendLine(line.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The program of this build.</summary>
    public static string ProgramPath { get; } = Path.Combine(AppContext.BaseDirectory, "shoal.dll");

    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    public static ShoalProcess Start(string workingFolder, params string[] arguments) =>
        Start(workingFolder, new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = workingFolder }, arguments);

    public static ShoalProcess Start(string workingFolder, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        // Tests that a shell runs in the background inherit that SIGINT is ignored, and so would the program.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", ProgramPath, .. arguments])
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ShoalProcess(Process.Start(start)!);
    }

    /// <summary>Reads lines of standard output up to one that contains a text.</summary>
    public async Task<IReadOnlyList<string>> ReadUntilAsync(string text)
    {
        var read = new List<string>();
        await foreach (var line in _lines.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            read.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return read;
            }
        }

        throw new InvalidOperationException(
            $"the program ended without saying \"{text}\": {string.Join('\n', read)}\n{Error}");
    }

    public void Signal(string signal)
    {
        using var kill = Process.Start("bash", ["-c", $"kill -{signal} {_process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
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

    private void Receive(string? line)
    {
        if (line is null)
        {
            _lines.Writer.Complete();
        }
        else
        {
            _lines.Writer.TryWrite(line);
        }
    }
}

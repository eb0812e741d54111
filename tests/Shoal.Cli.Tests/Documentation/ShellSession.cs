using System.Diagnostics;
using System.Text;

namespace Shoal.Cli.Tests.Documentation;

/// <summary>One shell in which the blocks of a page run one after the other, as a reader would paste them.</summary>
internal sealed class ShellSession : IDisposable
{
    private const string EndMark = "\u0001end";

    private readonly Process _bash;

    public ShellSession(string folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("bash", ["--norc", "--noprofile"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _bash = Process.Start(start)!;
        _bash.StandardInput.WriteLine("set -eo pipefail; exec 2>&1");
    }

    /// <summary>Runs a block and returns what it printed on both streams; null when it failed.</summary>
    public async Task<(bool Succeeded, string Output)> RunAsync(string block)
    {
        // Standard input is where the blocks come from, so no command may read from it.
        await _bash.StandardInput.WriteLineAsync($"{{\n{block}\n}} </dev/null\nprintf '{EndMark}\\n'");
        await _bash.StandardInput.FlushAsync();
        var output = new StringBuilder();
        while (await _bash.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.EndsWith(EndMark, StringComparison.Ordinal))
            {
                return (true, output.Append(line.AsSpan(0, line.Length - EndMark.Length)).ToString().TrimEnd());
            }

            output.Append(line).Append('\n');
        }

        return (false, output.ToString().TrimEnd());
    }

    public void Dispose()
    {
        _bash.StandardInput.Close();
        _bash.WaitForExit();
        _bash.Dispose();
    }
}

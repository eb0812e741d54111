using System.Diagnostics;

namespace Shoal.Samples.Tests;

/// <summary>A sample, started as a process against a server, in a folder of its own.</summary>
internal sealed class SampleProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly TempFolder _folder = new();

    private SampleProcess(TestServer server, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SHOAL_URL"] = server.Address.GetLeftPart(UriPartial.Authority);
        start.Environment["SHOAL_ACCOUNT"] = "shoal";
        start.Environment["SHOAL_TOKEN"] = TestServer.Token;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    public static SampleProcess Start(TestServer server, string name, params string[] arguments) =>
        new(server, "dotnet", [Checkout.Combine($"artifacts/bin/{name}/release/{name}.dll"), .. arguments], environment: null);

    public static SampleProcess StartNode(TestServer server, string script, IReadOnlyDictionary<string, string> environment) =>
        new(server, "node", [Checkout.Combine(script)], environment);

    public string File(string name) => _folder.Combine(name);

    /// <summary>Gives it its input and waits for its end; it must succeed.</summary>
    public async Task<string> OutputAsync(string input = "")
    {
        await _process.StandardInput.WriteAsync(input);
        _process.StandardInput.Close();
        var output = await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(_process.ExitCode == 0, $"exit code {_process.ExitCode}:\n{output}\n{await _error}");
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        return output;
    }

    /// <summary>Reads lines up to one that begins with a text, and returns it.</summary>
    public async Task<string> LineAsync(string begin)
    {
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(begin, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"the sample ended without saying \"{begin}\": {await _error}");
    }

    /// <summary>SIGTERM; it must end by itself, with success.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(_process.ExitCode == 0, $"exit code {_process.ExitCode}: {await _error}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _folder.Dispose();
    }
}

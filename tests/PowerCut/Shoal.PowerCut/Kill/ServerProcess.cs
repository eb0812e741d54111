using System.Diagnostics;
using Shoal.PowerCut.Disk;

namespace Shoal.PowerCut.Kill;

/// <summary>A running <c>shoal serve</c>.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Token = "kill-loop";
    private static readonly TimeSpan StartTimeMax = TimeSpan.FromMinutes(2);
    private readonly Process _process;

    private ServerProcess(Process process, HttpDatabases databases, TimeSpan startTime)
    {
        _process = process;
        Databases = databases;
        StartTime = startTime;
    }

    public HttpDatabases Databases { get; }

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan StartTime { get; }

    /// <summary>Starts a server and waits until it answers.</summary>
    public static async Task<ServerProcess> StartAsync(string program, string folder, string? durability)
    {
        string[] arguments = ["serve", "--data", folder, "--urls", "http://127.0.0.1:0", "--token", Token];
        var start = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(program,
            durability is null ? arguments : [.. arguments, "--durability", durability]) { RedirectStandardOutput = true })!;
        var address = new TaskCompletionSource<Uri?>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Hear(line.Data, address);
        process.BeginOutputReadLine();
        if (await Task.WhenAny(address.Task, Task.Delay(StartTimeMax)) != address.Task || await address.Task is not { } found)
        {
            process.Kill();
            await process.WaitForExitAsync();
            throw new IOException($"the server does not start: code {process.ExitCode}");
        }

        var databases = new HttpDatabases(found, Token);
        if (!await databases.IsReadyAsync())
        {
            throw new IOException("the server says that it is ready, and is not");
        }

        return new ServerProcess(process, databases, Stopwatch.GetElapsedTime(start));
    }

    public void Kill() => _process.Kill();

    /// <summary>Asks it to end, and waits until it has closed everything.</summary>
    public async Task StopAsync()
    {
        const int Terminate = 15;
        _ = NativeMethods.Signal(_process.Id, Terminate);
        await _process.WaitForExitAsync();
        if (_process.ExitCode != 0)
        {
            throw new IOException($"the server ended with code {_process.ExitCode}");
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Databases.Dispose();
    }

    /// <summary>Its line says that it is ready, and where; without one it has ended.</summary>
    private static void Hear(string? line, TaskCompletionSource<Uri?> address)
    {
        if (line is null)
        {
            address.TrySetResult(null);
        }
        else if (line.Contains("is ready on", StringComparison.Ordinal)
            && line.Split(' ', ',').FirstOrDefault(static word => word.StartsWith("http://", StringComparison.Ordinal)) is { } url)
        {
            address.TrySetResult(new Uri(url));
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Shoal.PowerCut.Disk;

namespace Shoal.PowerCut.Kill;

/// <summary>A running <c>shoal serve</c>.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Token = "kill-loop";
    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(60);
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
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        string[] arguments = ["serve", "--data", folder, "--urls", address.ToString().TrimEnd('/'), "--token", Token];
        var start = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(program,
            durability is null ? arguments : [.. arguments, "--durability", durability]) { RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var databases = new HttpDatabases(address, Token);
        while (!await databases.IsReadyAsync())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(start) > StartTimeMax)
            {
                process.Kill();
                throw new IOException($"the server does not start{(process.HasExited ? $": code {process.ExitCode}" : "")}");
            }

            await Task.Delay(5);
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Diagnostics;

namespace Shoal.TestKit;

/// <summary>Programs of the machine that tests need done, such as those that make a cluster's folder.</summary>
public static class SystemProgram
{
    /// <summary>Runs a program to its end, in the root folder.</summary>
    /// <exception cref="InvalidOperationException">It has failed; the message is what it said.</exception>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program}: {await output}{error}");
        }
    }
}

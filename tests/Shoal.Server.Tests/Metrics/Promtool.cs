using System.Diagnostics;

namespace Shoal.Server.Tests.Metrics;

/// <summary>Prometheus' own tool for checking what it is given. It is in Debian's package <c>prometheus</c>.</summary>
internal static class Promtool
{
    /// <summary>Runs it; skips the test where it is not installed.</summary>
    /// <returns>Its exit code, 0 when it has nothing to say against, and all that it wrote.</returns>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments, string input = "")
    {
        var program = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "promtool"))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "promtool is not installed; apt-get install prometheus brings it");
        using var process = Process.Start(new ProcessStartInfo(program!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var cancellation = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await errors);
    }
}

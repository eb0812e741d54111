using System.Diagnostics;

namespace Shoal.Cli.Demo;

/// <summary>The Debian packages that the demonstration's data comes from.</summary>
/// <remarks>
/// Source: packages <c>iso-codes</c> (ISO 3166, 639, 4217 and 15924 as JSON) and <c>unicode-data</c> (the Unicode
/// Character Database).
/// </remarks>
internal static class DemoSources
{
    private const string IsoFolder = "/usr/share/iso-codes/json";
    private const string UnicodeFolder = "/usr/share/unicode";
    private const string InstallCommand = "apt-get install -y --no-install-recommends iso-codes unicode-data";

    /// <summary>A file of <c>iso-codes</c>, for example <c>iso_3166-1</c>.</summary>
    public static string IsoPath(string standard) => $"{IsoFolder}/{standard}.json";

    /// <summary>A file of <c>unicode-data</c>.</summary>
    public static string UnicodePath(string name) => $"{UnicodeFolder}/{name}";

    /// <summary>Makes sure that the files are there, installing the packages where that is possible.</summary>
    public static async Task EnsureInstalledAsync(CliConsole console, CancellationToken cancellationToken)
    {
        if (AreThere())
        {
            return;
        }

        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/apt-get"))
        {
            throw new CliException("the demonstration's data is not installed: Debian's packages iso-codes and unicode-data",
                OperatingSystem.IsLinux()
                    ? $"sudo {InstallCommand}   (other distributions have packages of the same content)"
                    : $"the demonstration needs the files in {IsoFolder} and {UnicodeFolder}");
        }

        console.Note($"Installing the data: {InstallCommand}");
        console.Flush();
        await RunAsync("apt-get", "update -q", cancellationToken);
        await RunAsync("apt-get", InstallCommand["apt-get ".Length..], cancellationToken);
        if (!AreThere())
        {
            throw new CliException($"the packages are installed, but {IsoFolder} or {UnicodeFolder} lacks files",
                "apt-get install --reinstall iso-codes unicode-data");
        }
    }

    private static bool AreThere() => File.Exists(IsoPath("iso_3166-1")) && File.Exists(UnicodePath("UnicodeData.txt"));

    private static async Task RunAsync(string program, string arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DEBIAN_FRONTEND"] = "noninteractive" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            await output;
            throw new CliException($"`{program} {arguments}` failed: {(await error).Trim()}", "install the packages by hand");
        }
    }
}

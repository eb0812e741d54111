using System.Diagnostics;
using System.Reflection;

namespace Shoal.PowerCut;

/// <summary>Starts this program once more, for one of its other commands.</summary>
internal static class ChildProcess
{
    /// <param name="arguments">Its command and options.</param>
    /// <param name="withInput">Whether this process writes to it.</param>
    /// <param name="environment">Variables to add; with them its errors are for this process to read as well.</param>
    public static Process Start(
        IReadOnlyList<string> arguments, bool withInput = false, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = withInput,
            RedirectStandardError = environment is not null,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}

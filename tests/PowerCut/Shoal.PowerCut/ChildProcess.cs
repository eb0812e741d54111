using System.Diagnostics;
using System.Reflection;

namespace Shoal.PowerCut;

/// <summary>Starts this program once more, for one of its other commands.</summary>
internal static class ChildProcess
{
    public static Process Start(IReadOnlyList<string> arguments, bool withInput = false)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = withInput,
        };
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

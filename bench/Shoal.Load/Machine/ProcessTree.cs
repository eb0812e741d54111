using System.Globalization;

namespace Shoal.Load.Machine;

/// <summary>A process with all its descendants, and what they hold. Source: proc(5).</summary>
internal static class ProcessTree
{
    /// <summary>The process and its descendants, as far as they still run.</summary>
    public static IReadOnlyList<int> Of(int process)
    {
        var found = new List<int> { process };
        for (var index = 0; index < found.Count; index++)
        {
            foreach (var task in Directory.Exists($"/proc/{found[index]}/task")
                ? Directory.EnumerateDirectories($"/proc/{found[index]}/task")
                : [])
            {
                found.AddRange(ReadOrEmpty(task + "/children")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(static child => int.Parse(child, CultureInfo.InvariantCulture)));
            }
        }

        return found;
    }

    /// <summary>Resident memory of one process. Units: bytes.</summary>
    public static long ResidentBytes(int process)
    {
        var line = ReadOrEmpty($"/proc/{process}/status").Split('\n')
            .FirstOrDefault(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null
            ? 0
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Open descriptors of one process.</summary>
    public static int DescriptorCount(int process) =>
        Directory.Exists($"/proc/{process}/fd") ? Directory.GetFileSystemEntries($"/proc/{process}/fd").Length : 0;

    /// <summary>A file's text; empty when the process has ended meanwhile.</summary>
    public static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}

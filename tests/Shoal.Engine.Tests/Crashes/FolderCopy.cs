namespace Shoal.Engine.Tests.Crashes;

/// <summary>Copies data folders that are in use.</summary>
internal static class FolderCopy
{
    /// <summary>Copies all files that a filter lets pass, but for those of the process that has the folder.</summary>
    public static void Copy(string source, string target, Func<string, bool> filter)
    {
        foreach (var directory in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(source, directory)));
        }

        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            // A new segment is prepared ahead of need, and may get its name in this moment.
            if (Path.GetFileName(file) is "LOCK" or "PROCESS" || file.EndsWith(".new", StringComparison.Ordinal) || !filter(file))
            {
                continue;
            }

            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = File.Create(Path.Combine(target, Path.GetRelativePath(source, file)));
            from.CopyTo(to);
        }
    }
}

namespace Shoal.Cli.Lint;

/// <summary>Which files a path means, and their languages.</summary>
internal static class SourceFiles
{
    /// <summary>Larger ones are made by machines.</summary>
    public const int BytesMax = 2 * 1024 * 1024;

    /// <summary>What is installed or built.</summary>
    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        "node_modules", "bin", "obj", "dist", "out", "artifacts", "coverage", "vendor", "bower_components",
    };

    /// <summary>The language of a file; null for one that is not looked at.</summary>
    public static SourceLanguage? LanguageOf(string file)
    {
        if (file.EndsWith(".min.js", StringComparison.OrdinalIgnoreCase) || file.Contains(".d.", StringComparison.OrdinalIgnoreCase)
            || file.EndsWith(".g.cs", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return Path.GetExtension(file).ToUpperInvariant() switch
        {
            ".CS" => SourceLanguage.CSharp,
            ".JS" or ".MJS" or ".CJS" or ".JSX" or ".TS" or ".MTS" or ".CTS" or ".TSX" => SourceLanguage.JavaScript,
            _ => null,
        };
    }

    /// <summary>The files below a folder, in order of their names, or the file itself. Links to folders are not followed.</summary>
    public static IEnumerable<string> Below(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        return Directory.Exists(path) ? InFolder(new DirectoryInfo(path))
            : throw new CliException($"there is no file or folder {path}", "`shoal lint` alone looks at the current folder");
    }

    private static IEnumerable<string> InFolder(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(static one => one.Name, StringComparer.Ordinal))
        {
            switch (entry)
            {
                case DirectoryInfo { LinkTarget: null } inner when inner.Name[0] != '.' && !Skipped.Contains(inner.Name):
                    foreach (var file in InFolder(inner))
                    {
                        yield return file;
                    }

                    break;
                case FileInfo { Length: <= BytesMax } file when LanguageOf(file.Name) is not null:
                    yield return file.FullName;
                    break;
                default:
                    break;
            }
        }
    }
}

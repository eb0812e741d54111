namespace Shoal.Engine.Log;

/// <summary>The commit log can not be read as it was written; names the place.</summary>
internal sealed class LogDamagedException : EngineException
{
    private const string Advice =
        "Do not delete or change anything. See all of it with 'shoal doctor {0}', then restore the data folder from a backup.";

    private LogDamagedException(string message, string hint, string path, long? offsetBytes)
        : base(EngineErrorKind.Corruption, message, hint)
    {
        FilePath = path;
        OffsetBytes = offsetBytes;
    }

    /// <summary>The file, or the folder a file is missing from.</summary>
    public string FilePath { get; }

    /// <summary>Where in the file; null when a file is missing.</summary>
    public long? OffsetBytes { get; }

    /// <summary>Bytes of a segment are not what was written.</summary>
    public static LogDamagedException At(string path, long offsetBytes, string what) => new(
        $"the commit log is damaged: {path}, offset {offsetBytes}: {what}",
        AdviceFor(Path.GetDirectoryName(path)!), path, offsetBytes);

    /// <summary>A segment is not there.</summary>
    public static LogDamagedException Missing(string folder, uint sequence, string because) => new(
        $"the commit log in {folder} lacks segment {sequence}: {because}",
        "Put the missing file back if you have it; its name does not matter. " + AdviceFor(folder), folder, null);

    /// <summary>The log was written by a newer program.</summary>
    public static LogDamagedException Newer(string path, long offsetBytes, string what, uint version, uint known) => new(
        $"the log segment {path}, offset {offsetBytes}, holds a {what} of version {version}; this program knows {known} and older",
        $"Use the version of Shoal that wrote it, or a newer one. Nothing was changed.", path, offsetBytes);

    private static string AdviceFor(string logFolder) =>
        Advice.Replace("{0}", Path.GetDirectoryName(logFolder), StringComparison.Ordinal);
}

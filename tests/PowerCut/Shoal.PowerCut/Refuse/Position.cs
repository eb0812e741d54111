using System.Globalization;

namespace Shoal.PowerCut.Refuse;

/// <summary>One operation on a file, as <c>refuse.c</c> reports it: the Nth of its kind, and on which sort of file.</summary>
/// <param name="Operation">write or flush.</param>
/// <param name="Number">From 1.</param>
/// <param name="File">The sort of file.</param>
internal readonly record struct Position(string Operation, int Number, string File)
{
    /// <summary>Half of the bytes are written, and it says so.</summary>
    public const string Short = "SHORT";

    private const string Other = "other";

    public static IReadOnlyList<string> Operations { get; } = ["write", "flush"];

    public static IReadOnlyList<string> Errors { get; } = ["EIO", "ENOSPC", Short];

    /// <summary>Operations, errors and sorts of files.</summary>
    public static IReadOnlyList<string> Words { get; } =
        [.. Operations, .. Errors, "log", "wal", "database", "journal", "shm", "directory", Other];

    /// <summary>The operations of a report, in order.</summary>
    public static IEnumerable<Position> ReadAll(IEnumerable<string> report)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in report)
        {
            var (operation, file) = Split(line);
            counts[operation] = counts.GetValueOrDefault(operation) + 1;
            yield return new Position(operation, counts[operation], file);
        }
    }

    /// <summary>What failed, of a report with an error.</summary>
    public static string? ReadFailed(IEnumerable<string> report) => report
        .Where(static line => line.StartsWith('!'))
        .Select(static line => Split(line[1..]))
        .Select(static parts => $"{parts.Operation} {parts.File}")
        .FirstOrDefault();

    /// <summary>The errors it can have.</summary>
    public IReadOnlyList<string> ListErrors() => Operation == "write" ? Errors : [.. Errors.Take(2)];

    public string Command(string error, bool forever) =>
        string.Create(CultureInfo.InvariantCulture, $"{Operation} {Number} {error} {(forever ? "forever" : "once")}");

    private static (string Operation, string File) Split(string line)
    {
        var parts = line.Split(' ', 2);
        return (parts[0], Sort(parts[1]));
    }

    private static string Sort(string name) => name switch
    {
        _ when name.Contains(".segment", StringComparison.Ordinal) => "log",
        _ when name.EndsWith("-wal", StringComparison.Ordinal) => "wal",
        _ when name.EndsWith(".sqlite", StringComparison.Ordinal) => "database",
        _ when name.EndsWith("-journal", StringComparison.Ordinal) => "journal",
        _ when name.EndsWith("-shm", StringComparison.Ordinal) => "shm",
        _ when name.Contains('.', StringComparison.Ordinal) || name.All(char.IsUpper) => Other,
        _ => "directory",
    };
}

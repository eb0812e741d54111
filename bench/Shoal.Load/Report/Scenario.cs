namespace Shoal.Load.Report;

/// <summary>A kind of load that several systems are measured under.</summary>
/// <param name="Name">First part of the labels: <c>NAME/SYSTEM</c>.</param>
/// <param name="Title">Heading of its table.</param>
/// <param name="What">What each system does, a sentence without its capital and full stop.</param>
/// <param name="Primary">The system that the others are compared with.</param>
internal sealed record Scenario(string Name, string Title, string What, string Primary = "shoal")
{
    private const string Insert = "`INSERT INTO events(kind, value, at) VALUES (?, ?, ?)`";
    private const string SlowDisk = " on a disk whose flush takes a millisecond";

    /// <summary>All scenarios of a load over time; the rest of a run has tables of its own.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("point-read", "Point read over HTTP",
            "a table of 10,000 rows, `SELECT id, name, email, score FROM users WHERE id = ?`"),
        .. Writes("commit", "Durable single-row commits in process", "engine-log", ""),
        .. Writes("write", "Durable single-row insert over HTTP", "shoal", ""),
        .. Writes("slow-commit", "Durable single-row commits in process", "engine-log", SlowDisk),
        .. Writes("slow-write", "Durable single-row insert over HTTP", "shoal", SlowDisk),
    ];

    private static IEnumerable<Scenario> Writes(string name, string title, string primary, string disk) =>
        ((int[])[1, 10, 100, 1000]).Select(databases => new Scenario($"{name}-{databases}",
            databases == 1 ? $"{title}, 1 database{disk}" : $"{title}, {databases:N0} databases{disk}",
            databases == 1 ? Insert : "the same, each into a database at random; PostgreSQL: into one of at most 100 tables",
            primary));
}

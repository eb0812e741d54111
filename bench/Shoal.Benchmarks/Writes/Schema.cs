namespace Shoal.Benchmarks.Writes;

/// <summary>What every target writes.</summary>
internal static class Schema
{
    public const string Create = "CREATE TABLE events(id INTEGER PRIMARY KEY, kind TEXT, value REAL, at INTEGER)";
    public const string Insert = "INSERT INTO events(kind, value, at) VALUES (?, ?, ?)";
    public const string Count = "SELECT count(*) FROM events";
    public const string Kind = "click";
    public const long At = 1_763_690_000;
}

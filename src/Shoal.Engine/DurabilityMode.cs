namespace Shoal.Engine;

/// <summary>When a commit is durable.</summary>
public enum DurabilityMode
{
    /// <summary>When it is in the commit log, flushed together with the commits of all other databases.</summary>
    Log,

    /// <summary>When SQLite has flushed the database's own WAL (<c>synchronous=FULL</c>): one flush per database.</summary>
    Sqlite,
}

namespace Shoal.Sqlite.Connections;

/// <summary>What SQLite may take in one run, in bytes; 0 is no limit.</summary>
/// <param name="MemoryBytesMax">Memory more than before the run. Past it statements fail with SQLITE_NOMEM.</param>
/// <param name="TemporaryBytesMax">
/// Temporary files: sorts, temporary tables, VACUUM, journals of statements. Past it statements fail with SQLITE_FULL.
/// </param>
public readonly record struct RunBounds(long MemoryBytesMax, long TemporaryBytesMax);

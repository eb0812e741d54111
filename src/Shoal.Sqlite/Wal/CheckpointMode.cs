namespace Shoal.Sqlite.Wal;

/// <summary>How hard a checkpoint tries, numbered as SQLite does.</summary>
public enum CheckpointMode
{
    /// <summary>As much as possible without waiting for readers.</summary>
    Passive = 0,

    /// <summary>Waits for writers and readers of old snapshots.</summary>
    Full = 1,

    /// <summary>As full, and the next writer starts the WAL anew.</summary>
    Restart = 2,

    /// <summary>As restart, and truncates the WAL file.</summary>
    Truncate = 3,
}

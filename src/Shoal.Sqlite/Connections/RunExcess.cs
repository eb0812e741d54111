namespace Shoal.Sqlite.Connections;

/// <summary>What a run was refused. Values: <c>SHOAL_EXCEEDED_…</c> of <c>native/shoal_sqlite.h</c>.</summary>
[Flags]
public enum RunExcess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><see cref="RunBounds.MemoryBytesMax"/>.</summary>
    Memory = 1,

    /// <summary><see cref="RunBounds.TemporaryBytesMax"/>.</summary>
    Temporary = 2,

    /// <summary>The file system of temporary files is nearly full.</summary>
    Disk = 4,

    /// <summary>A database would have had more pages than its connection allows it; no limit of the run's.</summary>
    Pages = 8,
}

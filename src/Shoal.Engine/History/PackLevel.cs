namespace Shoal.Engine.History;

/// <summary>What kind of pack a file is; a part of its name. Values are on disk.</summary>
internal enum PackLevel
{
    /// <summary>Every commit of a range of the log.</summary>
    Commits = 0,

    /// <summary>Snapshots.</summary>
    Snapshots = 1,

    /// <summary>What was still needed of another pack.</summary>
    Merged = 2,

    /// <summary>Every commit of a span of time, the commits of a database side by side.</summary>
    Hourly = 3,

    /// <summary>Of a span of time the last version of each minute.</summary>
    Daily = 4,
}

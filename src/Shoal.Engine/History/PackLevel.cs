namespace Shoal.Engine.History;

/// <summary>What kind of pack a file is; a part of its name. Values are on disk.</summary>
internal enum PackLevel
{
    /// <summary>Every commit of a range of the log.</summary>
    Commits = 0,

    /// <summary>Snapshots.</summary>
    Snapshots = 1,

    /// <summary>Put together from others.</summary>
    Merged = 2,
}

namespace Shoal.Engine.History;

/// <summary>What a block of a pack holds. Values are on disk.</summary>
internal enum PackEntryKind
{
    /// <summary>Commits of one database, in order.</summary>
    Commits = 1,

    /// <summary>All pages of one database at one commit.</summary>
    Snapshot = 2,
}

namespace Shoal.PowerCut.Replay;

/// <summary>Something that a load must have done before its recording proves anything.</summary>
internal enum LoadKind
{
    Databases,
    Creations,
    Deletions,
    Transactions,
    Imports,
    SchemaChanges,
    Returning,
    Vacuums,
    SeenByReads,
    WalRestarts,

    // What follows happens in mode log only.
    LogCommits,
    MultiPartCommits,
    SpilledCommits,
    LogCheckpoints,
    RecycledSegments,
    Restores,
}

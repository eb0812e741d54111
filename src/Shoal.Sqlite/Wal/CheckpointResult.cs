namespace Shoal.Sqlite.Wal;

/// <summary>How far a checkpoint came.</summary>
/// <param name="Status">An error of the file system, or none; a reader that is in the way is none.</param>
/// <param name="FrameCount">Frames with commits in the WAL; -1 after an error, and without a WAL.</param>
/// <param name="FramesCopied">How many of them the database file has now, and had before; -1 as above.</param>
public readonly record struct CheckpointResult(SqliteStatus Status, int FrameCount, int FramesCopied)
{
    /// <summary>Whether the database file has everything that the WAL has.</summary>
    public bool IsWhole => Status.IsSuccess && FrameCount >= 0 && FramesCopied == FrameCount;
}

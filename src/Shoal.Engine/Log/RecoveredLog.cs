namespace Shoal.Engine.Log;

/// <summary>What was found in a log folder at start.</summary>
/// <param name="Epoch">Epoch to go on with.</param>
/// <param name="Segments">Segments that hold something needed, oldest first.</param>
/// <param name="NextSequence">Sequence number for the next segment.</param>
/// <param name="End">End of the last valid record.</param>
/// <param name="OldestNeeded">Where redo starts.</param>
/// <param name="LastTime">Time of the newest record. Units: microseconds since 1970.</param>
/// <param name="CatalogNumber">Number of the catalog's last commit at the last checkpoint; 0 for a new log.</param>
/// <param name="Redo">Which records each database still needs.</param>
internal sealed record RecoveredLog(
    uint Epoch,
    IReadOnlyList<LogSegment> Segments,
    uint NextSequence,
    LogPosition End,
    LogPosition OldestNeeded,
    long LastTime,
    ulong CatalogNumber,
    RedoIndex Redo)
{
    /// <summary>Older segments than redo needs are kept from here on; the greatest position for none.</summary>
    public LogPosition KeepFrom { get; init; } = LogPosition.Last;

    /// <summary>Closes the segments, when no log goes on with them.</summary>
    public void CloseSegments()
    {
        foreach (var segment in Segments)
        {
            segment.Dispose();
        }
    }
}

using Shoal.Engine.Requests;

namespace Shoal.Server.D1;

/// <summary>What the statements of one batch item cost together.</summary>
internal readonly record struct ItemUsage(
    long Reads,
    long Writes,
    long RowsRead,
    long RowsWritten,
    long RowsReturned,
    TimeSpan Duration)
{
    /// <summary>Rows changed, index entries not counted.</summary>
    public long Changes { get; init; }

    /// <summary>Size of the database after the last of them; 0 when nothing told it. Units: bytes.</summary>
    public long SizeAfterBytes { get; init; }

    /// <summary>With one more statement. A statement counts as a write when it changed anything.</summary>
    public ItemUsage Plus(in StatementMeta meta)
    {
        var writes = meta.ChangedDatabase || meta.RowsWritten > 0 ? 1 : 0;
        return new ItemUsage(
            Reads + 1 - writes,
            Writes + writes,
            RowsRead + meta.RowsRead,
            RowsWritten + meta.RowsWritten,
            RowsReturned + meta.RowsReturned,
            Duration + meta.Duration)
        {
            Changes = Changes + (writes * meta.Changes),
            SizeAfterBytes = meta.SizeAfterBytes,
        };
    }
}

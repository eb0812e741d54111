using Shoal.Engine.Requests;

namespace Shoal.Cli.Targets;

/// <summary>What statements did and cost; the numbers of D1's <c>meta</c>.</summary>
internal readonly record struct ResultMeta(
    TimeSpan Duration,
    long RowsRead,
    long RowsWritten,
    long Changes,
    long LastRowId,
    bool ChangedDatabase,
    long SizeAfterBytes)
{
    public static ResultMeta From(in StatementMeta meta) => new(meta.Duration, meta.RowsRead, meta.RowsWritten,
        meta.Changes, meta.LastRowId, meta.ChangedDatabase, meta.SizeAfterBytes);
}

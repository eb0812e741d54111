using Shoal.Engine;
using Shoal.Engine.Transfer;
using Shoal.Protocol;
using Shoal.Protocol.D1;

namespace Shoal.Server.Transfer;

/// <summary>An import's result as D1 describes it.</summary>
internal static class ImportDescription
{
    /// <summary>What a database is after an import: it can be restored while history has it; null when the database is gone.</summary>
    public static async ValueTask<string?> BookmarkAsync(DatabaseEngine engine, DatabaseId id) =>
        (await engine.TimeTravel.TryKeepBookmarkAsync(id) ?? engine.GetBookmark(id))?.ToString();

    public static ImportSummary Of(ImportResult result, ServerOptions options, string? bookmark) => new()
    {
        FinalBookmark = bookmark,
        NumQueries = result.Statements,
        Meta = new ResultMeta
        {
            ServedByRegion = options.Region,
            ServedByColo = options.Colo,
            Duration = result.Meta.Duration.TotalMilliseconds,
            Changes = result.Meta.Changes,
            LastRowId = result.Meta.LastRowId,
            ChangedDb = result.Meta.ChangedDatabase,
            SizeAfter = result.Meta.SizeAfterBytes,
            RowsRead = result.Meta.RowsRead,
            RowsWritten = result.Meta.RowsWritten,
        },
    };
}

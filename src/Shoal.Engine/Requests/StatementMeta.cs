namespace Shoal.Engine.Requests;

/// <summary>What one executed statement did and cost; the numbers of D1's <c>meta</c>.</summary>
/// <remarks>Source: Cloudflare D1 "return object" reference; counting rules in <c>native/README.md</c>.</remarks>
/// <param name="Duration">Time inside SQLite, from first step to last.</param>
/// <param name="RowsRead">Rows and index entries scanned.</param>
/// <param name="RowsWritten">Rows and index entries written.</param>
/// <param name="RowsReturned">Rows of the result.</param>
/// <param name="Changes">Rows changed, those of triggers and cascades included.</param>
/// <param name="LastRowId">The database's last inserted rowid; sticky, as <c>last_insert_rowid()</c>.</param>
/// <param name="ChangedDatabase">Whether changes, the last rowid or the size differ from before the statement.</param>
/// <param name="SizeAfterBytes">Pages in use × page size after the statement.</param>
public readonly record struct StatementMeta(
    TimeSpan Duration,
    long RowsRead,
    long RowsWritten,
    long RowsReturned,
    long Changes,
    long LastRowId,
    bool ChangedDatabase,
    long SizeAfterBytes);

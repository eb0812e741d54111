using System.Security.Cryptography;

namespace Shoal.Client.Bulk;

/// <summary>
/// The token that goes into the database with a batch, in the same transaction: a batch that is sent again after nobody knew
/// what became of it finds its own token and is refused instead of applied twice.
/// </summary>
/// <remarks>
/// Shape: table <see cref="Table"/>, one row per batch: the scope (one writer, or a named import), the number of the batch's
/// first row in it, and how many rows it has. Tokens of writers are removed after ten minutes, far longer than a request can
/// be on its way; those of imports after a week; those of spools when the spool no longer holds their rows.
/// </remarks>
internal static class BatchToken
{
    public const string Table = "shoal_batches";

    public const string CreateSql = $"CREATE TABLE IF NOT EXISTS {Table}(scope TEXT NOT NULL, start INTEGER NOT NULL, "
        + "rows INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(scope, start)) WITHOUT ROWID";

    public const string InsertSql = $"INSERT INTO {Table}(scope, start, rows, at) VALUES (?, ?, ?, unixepoch())";

    /// <summary>
    /// As <see cref="InsertSql"/>, but fails when a token of the scope covers one of the rows: batches that are sent again after
    /// a crash need not begin and end where those before the crash did.
    /// </summary>
    public const string InsertApartSql = $"INSERT INTO {Table}(scope, start, rows, at) SELECT ?1, ?2, CASE WHEN EXISTS (SELECT 1 FROM "
        + $"{Table} WHERE scope = ?1 AND start < ?2 + ?3 AND start + rows > ?2) THEN NULL ELSE ?3 END, unixepoch()";

    public const string PositionSql = $"SELECT coalesce(max(start + rows), 0) FROM {Table} WHERE scope = ?";

    public const string CleanSql = $"DELETE FROM {Table} WHERE at < unixepoch() "
        + $"- CASE WHEN substr(scope, 1, 7) = '{ImportPrefix}' THEN 604800 ELSE 600 END AND substr(scope, 1, 6) <> '{SpoolPrefix}'";

    /// <summary>Removes the tokens of a scope whose batches lie below a number.</summary>
    public const string CleanScopeSql = $"DELETE FROM {Table} WHERE scope = ? AND start + rows <= ?";

    /// <summary>What a scope has applied.</summary>
    public const string RangesSql = $"SELECT start, rows FROM {Table} WHERE scope = ?";

    private const string ImportPrefix = "import:";

    private const string SpoolPrefix = "spool:";

    /// <summary>Batches of a scope between two removals of old tokens.</summary>
    public const int CleanEvery = 64;

    /// <summary>A scope that nobody else has.</summary>
    public static string NewScope() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    /// <summary>The scope of a named import.</summary>
    public static string ImportScope(string name) => ImportPrefix + name;

    /// <summary>The scope of a spool.</summary>
    public static string SpoolScope(string id) => SpoolPrefix + id;

    /// <summary>Whether a refusal means that the batch, or a part of a numbered one, has been applied before.</summary>
    public static bool IsAlreadyApplied(ShoalException error) =>
        error.Kind == ShoalErrorKind.Constraint && (error.Reason.Contains(Table + ".scope", StringComparison.Ordinal)
            || error.Reason.Contains(Table + ".rows", StringComparison.Ordinal));
}

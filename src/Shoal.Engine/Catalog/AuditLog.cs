using System.Globalization;
using Shoal.Engine.Requests;

namespace Shoal.Engine.Catalog;

/// <summary>Who has done what to tokens and databases: a table of the catalog that is only ever added to.</summary>
/// <remarks>
/// Thread: safe for any. Durable like every commit. Bounded: the oldest of more than
/// <see cref="EngineLimits.AuditEntriesMax"/> entries are dropped.
/// </remarks>
public sealed class AuditLog
{
    /// <summary>Most entries that one <see cref="ListAsync"/> gives.</summary>
    public const int ListMax = 10_000;

    private const int TextCharsMax = 4_096;

    private readonly DatabaseCatalog _catalog;
    private readonly EngineOptions _options;

    internal AuditLog(DatabaseCatalog catalog, EngineOptions options)
    {
        _catalog = catalog;
        _options = options;
    }

    /// <summary>Notes an act; durable when the task completes.</summary>
    /// <exception cref="EngineException">It could not be noted.</exception>
    public Task RecordAsync(AuditEntry entry) => _catalog.ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture, $"""
            DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) + 1 - {_options.Limits.AuditEntriesMax};
            INSERT INTO audit(at, actor, origin, action, account, subject, detail) VALUES (?, ?, ?, ?, ?, ?, ?)
            """),
        SqlValue.Integer(_options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds()), SqlValue.Text(Short(entry.Actor)),
        SqlValue.Text(Short(entry.Origin)), SqlValue.Text(Short(entry.Action)), DatabaseCatalog.OptionalText(entry.Account),
        DatabaseCatalog.OptionalText(entry.Subject),
        SqlValue.Text(entry.Detail.Length <= TextCharsMax ? entry.Detail : """{"detail":"too long to be kept"}"""));

    /// <summary>Entries, newest first.</summary>
    /// <param name="since">The oldest wanted; null for any age.</param>
    /// <param name="limit">How many at most: 1 to <see cref="ListMax"/>.</param>
    /// <param name="account">Only of this account; null for all, and those of none.</param>
    public async Task<IReadOnlyList<AuditRecord>> ListAsync(DateTimeOffset? since, int limit, string? account = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, ListMax);
        var rows = await _catalog.ExecuteAsync(
            """
            SELECT id, at, actor, origin, action, account, subject, detail FROM audit
            WHERE at >= ?1 AND (?2 IS NULL OR account = ?2) ORDER BY id DESC LIMIT ?3
            """,
            SqlValue.Integer(since?.ToUnixTimeMilliseconds() ?? 0), DatabaseCatalog.OptionalText(account),
            SqlValue.Integer(limit)).ConfigureAwait(false);
        return [.. rows.Select(ToRecord)];
    }

    private static string Short(string text) => text.Length <= TextCharsMax ? text : text[..TextCharsMax];

    private static AuditRecord ToRecord(SqlValue[] row) => new(
        row[0].AsInteger,
        DateTimeOffset.FromUnixTimeMilliseconds(row[1].AsInteger),
        new AuditEntry(DatabaseCatalog.TextOf(row[2]), DatabaseCatalog.TextOf(row[3]), DatabaseCatalog.TextOf(row[4]),
            DatabaseCatalog.OptionalTextOf(row[5]), DatabaseCatalog.OptionalTextOf(row[6]), DatabaseCatalog.TextOf(row[7])));
}

using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>Usage of one group; what the group is not told apart by is null.</summary>
/// <param name="Database">The database.</param>
/// <param name="DatabaseName">Its name, the last one known.</param>
/// <param name="IsDeleted">Whether the database is gone.</param>
/// <param name="TokenId">The token.</param>
/// <param name="TokenName">What the operator called it.</param>
/// <param name="StatementId">SHA-256 of the statement's text, hex; null also for "other".</param>
/// <param name="Statement">The statement's text.</param>
/// <param name="Bucket">Start of the hour or day, UTC.</param>
/// <param name="Sums">What it cost.</param>
public sealed record UsageRow(
    DatabaseId? Database,
    string? DatabaseName,
    bool IsDeleted,
    string? TokenId,
    string? TokenName,
    string? StatementId,
    string? Statement,
    DateTimeOffset? Bucket,
    UsageSums Sums);

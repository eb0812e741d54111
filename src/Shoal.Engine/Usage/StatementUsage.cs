using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>What one statement cost on one database within one hour.</summary>
/// <param name="Database">The database; a <see cref="RequestUsage"/> of the same batch tells its name.</param>
/// <param name="Hour">Start of the hour, UTC.</param>
/// <param name="Statement">The statement; null for all that are not told apart.</param>
/// <param name="Sums">What it cost.</param>
public sealed record StatementUsage(DatabaseId Database, DateTimeOffset Hour, StatementFingerprint? Statement, UsageSums Sums);

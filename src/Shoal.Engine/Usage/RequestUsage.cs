using Shoal.Protocol;

namespace Shoal.Engine.Usage;

/// <summary>What one token did on one database within one hour.</summary>
/// <param name="Database">The database.</param>
/// <param name="Account">The account that owns it.</param>
/// <param name="Name">Its name.</param>
/// <param name="TokenId">Public id of the token.</param>
/// <param name="TokenName">What the operator called the token.</param>
/// <param name="Hour">Start of the hour, UTC.</param>
/// <param name="Sums">What it cost.</param>
/// <param name="SizeBytes">The database's size at the end; 0 when nothing told it.</param>
public sealed record RequestUsage(
    DatabaseId Database,
    string Account,
    string Name,
    string TokenId,
    string TokenName,
    DateTimeOffset Hour,
    UsageSums Sums,
    long SizeBytes);

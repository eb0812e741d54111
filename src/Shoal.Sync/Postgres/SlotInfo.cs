namespace Shoal.Sync.Postgres;

/// <summary>What PostgreSQL says of a replication slot.</summary>
/// <param name="Confirmed">Up to where it need not send again.</param>
/// <param name="IsActive">Whether somebody reads from it.</param>
/// <param name="Status">reserved, extended, unreserved or lost.</param>
/// <param name="RetainedBytes">Log that is kept for it.</param>
/// <param name="LagBytes">Log behind what was confirmed.</param>
/// <param name="SafeBytes">Log that may still be written before the slot is lost; null without a bound.</param>
internal sealed record SlotInfo(ulong Confirmed, bool IsActive, string Status, long RetainedBytes, long LagBytes,
    long? SafeBytes);

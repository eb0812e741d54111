namespace Shoal.Server.Analytics;

/// <summary>What the meter can never grow past. What falls out of it is gone: it is a memory, not an account.</summary>
internal static class MeterLimits
{
    /// <summary>Hours remembered; D1 keeps 31 days, we keep 7.</summary>
    public const int HoursMax = 7 * 24;

    /// <summary>Database-hours remembered (about 150 bytes each); the oldest hour goes first.</summary>
    public const int DatabaseHoursMax = 200_000;

    /// <summary>Statement texts remembered over all hours (at most 1.2 KB each); the oldest hour goes first.</summary>
    public const int StatementsMax = 50_000;

    /// <summary>Different statement texts per database and hour. Later ones count in the sums only.</summary>
    public const int StatementsPerDatabaseHourMax = 200;

    /// <summary>Length of a remembered text; the rest is cut. Units: bytes.</summary>
    public const int StatementBytesMax = 1_000;
}

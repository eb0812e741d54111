namespace Shoal.Server.Usage;

/// <summary>What the meter holds in memory until it is written.</summary>
internal static class MeterLimits
{
    /// <summary>How often it is written, and so what a crash costs at most.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(10);

    /// <summary>How often usage that is too old is dropped.</summary>
    public static readonly TimeSpan TrimInterval = TimeSpan.FromHours(1);

    /// <summary>Databases of one interval (about 500 bytes each); requests of further ones are counted as lost.</summary>
    public const int DatabasesMax = 200_000;

    /// <summary>Statements of one interval over all databases (about 300 bytes each); further ones count as "other".</summary>
    public const int StatementsMax = 100_000;

    /// <summary>Tokens told apart per database and interval; requests of further ones are counted as lost.</summary>
    public const int TokensPerDatabaseMax = 1_000;

    /// <summary>Texts whose fingerprints are remembered (at most 2 KB each).</summary>
    public const int FingerprintsMax = 8_192;

    /// <summary>Longest text whose fingerprint is remembered. Units: bytes.</summary>
    public const int FingerprintTextBytesMax = 1_024;

    /// <summary>Rows of usage in one commit.</summary>
    public const int RowsPerWrite = 2_000;
}

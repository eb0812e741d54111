namespace Shoal.Protocol;

/// <summary>How closely a request follows Cloudflare D1.</summary>
public enum CompatibilityLevel
{
    /// <summary>D1 to the letter: its limits, JSON numbers bind as REAL, 64-bit integers leave as doubles.</summary>
    Strict,

    /// <summary>SQLite's own limits, integral numbers bind as INTEGER, exact 64-bit integers in both directions.</summary>
    Relaxed,
}

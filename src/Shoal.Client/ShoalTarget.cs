namespace Shoal.Client;

/// <summary>What the client speaks to; decides about limits, number types and what an error says of the request's fate.</summary>
public enum ShoalTarget
{
    /// <summary>A Shoal server: exact 64-bit integers and SQLite's own limits.</summary>
    Shoal,

    /// <summary>Cloudflare D1, or a server that keeps to its limits: 100 parameters and 100 KB of SQL per statement.</summary>
    CloudflareD1,
}

namespace Shoal.Server;

/// <summary>How a Shoal server listens and what it admits. Immutable after start.</summary>
public sealed class ServerOptions
{
    /// <summary>The data folder; created when missing. Required.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Addresses to listen on. Default <c>http://127.0.0.1:8787</c>: only this machine.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8787"];

    /// <summary>A token with all rights on every account, kept in memory only; null (default) for none.</summary>
    public string? DevelopmentToken { get; init; }

    /// <summary>How long one request may run SQL. Default 30 s, as D1.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest request body, uploads excepted. Units: bytes. Default 16 MiB.</summary>
    public long RequestBodyBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest response of one query request. Units: bytes. Default 64 MiB.</summary>
    public long ResponseBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Largest import file. Units: bytes. Default 5 GB, as D1.</summary>
    public long ImportBytesMax { get; init; } = 5_000_000_000;
}

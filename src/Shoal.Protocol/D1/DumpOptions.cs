namespace Shoal.Protocol.D1;

/// <summary>What an export contains.</summary>
public sealed record DumpOptions
{
    /// <summary>Leave out the rows.</summary>
    public bool NoData { get; init; }

    /// <summary>Leave out CREATE statements.</summary>
    public bool NoSchema { get; init; }

    /// <summary>Only these tables; null or empty for all.</summary>
    public IReadOnlyList<string>? Tables { get; init; }

    /// <summary><c>d1</c> (default) or <c>sqlite3_cli_only</c>.</summary>
    public string? Compatibility { get; init; }
}

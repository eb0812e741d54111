namespace Shoal.Engine.Transfer;

/// <summary>What an SQL export contains.</summary>
public sealed record ExportOptions
{
    /// <summary>Leave out the rows.</summary>
    public bool NoData { get; init; }

    /// <summary>Leave out CREATE statements.</summary>
    public bool NoSchema { get; init; }

    /// <summary>Only these tables; empty for all.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];
}

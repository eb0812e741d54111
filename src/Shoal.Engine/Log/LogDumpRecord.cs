using Shoal.Protocol;

namespace Shoal.Engine.Log;

/// <summary>A record of the log, as a person looks at it.</summary>
public sealed record LogDumpRecord
{
    /// <summary>Segment and offset, as <c>3:4096</c>.</summary>
    public required string Position { get; init; }

    /// <summary>The file it is in.</summary>
    public required string File { get; init; }

    /// <summary>Sequence number of its segment.</summary>
    public required uint Segment { get; init; }

    /// <summary>Offset in the file. Units: bytes.</summary>
    public required uint OffsetBytes { get; init; }

    /// <summary>commit or checkpoint.</summary>
    public required string Kind { get; init; }

    /// <summary>Whose commit; null for other kinds.</summary>
    public DatabaseId? DatabaseId { get; init; }

    /// <summary>Which commit of its database; 0 for other kinds.</summary>
    public long CommitNumber { get; init; }

    /// <summary>When it was appended.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Pages in it.</summary>
    public int PageCount { get; init; }

    /// <summary>Size of the database after the commit. Units: pages.</summary>
    public long SizeAfterPages { get; init; }

    /// <summary>Header and body. Units: bytes.</summary>
    public int LengthBytes { get; init; }

    /// <summary>Whether the commit continues in a later record.</summary>
    public bool Continues { get; init; }

    /// <summary>Whether an engine opened the log here.</summary>
    public bool Opened { get; init; }

    /// <summary>What was known to be durable when it was formed.</summary>
    public required string DurableKnown { get; init; }

    /// <summary>Where recovery starts, according to a checkpoint; null for other kinds.</summary>
    public string? RecoverFrom { get; init; }

    /// <summary>Whether the chain leads here from the record before; if not, there is damage in between.</summary>
    public bool Follows { get; init; }

    /// <summary>Page numbers, when they were asked for.</summary>
    public IReadOnlyList<uint> Pages { get; init; } = [];
}

namespace Shoal.Protocol.D1;

/// <summary>What a statement or an import did and cost.</summary>
/// <remarks>Source: the D1 "return object" reference.</remarks>
public sealed record ResultMeta
{
    /// <summary>Always <c>shoal</c>.</summary>
    public string ServedBy { get; init; } = "shoal";

    /// <summary>The region the server was configured with.</summary>
    public string? ServedByRegion { get; init; }

    /// <summary>The place the server was configured with.</summary>
    public string? ServedByColo { get; init; }

    /// <summary>Whether the primary answered.</summary>
    public bool ServedByPrimary { get; init; } = true;

    /// <summary>Time inside SQLite. Units: milliseconds.</summary>
    public double Duration { get; init; }

    /// <summary>Rows changed, those of triggers and cascades included.</summary>
    public long Changes { get; init; }

    /// <summary>The database's last inserted rowid.</summary>
    public long LastRowId { get; init; }

    /// <summary>Whether the database differs from before.</summary>
    public bool ChangedDb { get; init; }

    /// <summary>Pages in use × page size. Units: bytes.</summary>
    public long SizeAfter { get; init; }

    /// <summary>Rows and index entries scanned.</summary>
    public long RowsRead { get; init; }

    /// <summary>Rows and index entries written.</summary>
    public long RowsWritten { get; init; }
}

namespace Shoal.Client.D1;

/// <summary>What a statement did and cost.</summary>
public sealed record StatementMeta
{
    /// <summary>Time inside SQLite.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Rows changed, those of triggers and cascades included.</summary>
    public long Changes { get; init; }

    /// <summary>The database's last inserted rowid; not reset by statements that insert nothing.</summary>
    public long LastRowId { get; init; }

    /// <summary>Whether the database differs from before.</summary>
    public bool ChangedDatabase { get; init; }

    /// <summary>Size of the database. Units: bytes.</summary>
    public long SizeAfterBytes { get; init; }

    /// <summary>Rows and index entries scanned; what D1 bills as rows read.</summary>
    public long RowsRead { get; init; }

    /// <summary>Rows and index entries written; what D1 bills as rows written.</summary>
    public long RowsWritten { get; init; }
}

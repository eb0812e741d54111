using Shoal.Engine.Requests;

namespace Shoal.Items;

/// <summary>What the transactions of one request have cost together.</summary>
/// <remarks>Thread: one request, whose transactions come one after the other.</remarks>
internal sealed class ItemCosts
{
    /// <summary>Transactions that changed nothing.</summary>
    public long Reads { get; private set; }

    /// <summary>Transactions that changed something.</summary>
    public long Writes { get; private set; }

    /// <summary>Rows and index entries read.</summary>
    public long RowsRead { get; private set; }

    /// <summary>Rows and index entries written.</summary>
    public long RowsWritten { get; private set; }

    /// <summary>Rows changed, index entries not counted.</summary>
    public long Changes { get; private set; }

    /// <summary>Time inside of transactions.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>Size of the database after the last of them. Units: bytes.</summary>
    public long SizeAfterBytes { get; private set; }

    public void Add(in StatementMeta meta)
    {
        Reads += meta.ChangedDatabase ? 0 : 1;
        Writes += meta.ChangedDatabase ? 1 : 0;
        RowsRead += meta.RowsRead;
        RowsWritten += meta.RowsWritten;
        Changes += meta.Changes;
        Duration += meta.Duration;
        SizeAfterBytes = Math.Max(SizeAfterBytes, meta.SizeAfterBytes);
    }
}

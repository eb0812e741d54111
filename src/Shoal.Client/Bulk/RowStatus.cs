namespace Shoal.Client.Bulk;

/// <summary>What became of a row.</summary>
public enum RowStatus
{
    /// <summary>It is in the database, or the write mode had it ignored.</summary>
    Applied,

    /// <summary>The database refused it, or the batch it was in. Nothing was changed.</summary>
    Rejected,

    /// <summary>It never got through, though it was tried as long as allowed. Nothing was changed.</summary>
    NotApplied,

    /// <summary>It was sent, and no reply tells what became of it.</summary>
    Unknown,
}

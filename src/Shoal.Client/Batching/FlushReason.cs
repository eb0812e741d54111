namespace Shoal.Client.Batching;

/// <summary>Why a batch was handed over.</summary>
internal enum FlushReason
{
    None,
    Rows,
    Bytes,
    Linger,
    Explicit,
    Close,

    /// <summary>The next item was for another database, or a delete after writes.</summary>
    Order,
}

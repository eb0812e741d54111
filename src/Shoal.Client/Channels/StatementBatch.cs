using Shoal.Client.D1;

namespace Shoal.Client.Channels;

/// <summary>Statements with their values while they are put together, in the form that their channel runs.</summary>
/// <remarks>Thread: not safe.</remarks>
internal abstract class StatementBatch
{
    /// <summary>Statements so far.</summary>
    public int Count { get; protected set; }

    /// <summary>Size of what is sent; in process an estimate of it.</summary>
    public abstract int Bytes { get; }

    /// <summary>Adds a statement. Its blobs are borrowed until the batch has run.</summary>
    public abstract void Add(StatementText text, ReadOnlySpan<SqlValue> values);
}

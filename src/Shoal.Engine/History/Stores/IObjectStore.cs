namespace Shoal.Engine.History.Stores;

/// <summary>Where copies of history go, beside the data folder: an S3-compatible bucket, or a folder of another disk.</summary>
/// <remarks>
/// Names are ASCII, with <c>/</c> between their parts. Objects never change: they are created, read and deleted. Each call is one
/// request and is not repeated by the store. Thread: safe for any. Throws <see cref="ObjectStoreException"/> and nothing else, but
/// for cancellations.
/// </remarks>
public interface IObjectStore
{
    /// <summary>How messages call it; without secrets.</summary>
    string Address { get; }

    /// <summary>Creates an object, whole or not at all; durable when the task completes.</summary>
    /// <returns>False when there is one of that name, which is left as it is.</returns>
    Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Reads a part of an object.</summary>
    /// <param name="name">Which object.</param>
    /// <param name="offset">Where the part begins; within the object. Units: bytes.</param>
    /// <param name="target">Gets it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How much was read, less than wanted only at the object's end; -1 when there is no such object.</returns>
    Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken);

    /// <summary>Lists the objects whose names begin with something, in the order of their names.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object. No error when there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}

using Shoal.Client.Bulk;

namespace Shoal.Client.Buffering;

/// <summary>Opens write buffers that have a spool.</summary>
public static class WriteBuffer
{
    /// <summary>Opens a buffer with a spool, and takes up again what the spool holds: that is sent before anything new.</summary>
    /// <param name="client">The client of all databases. Those that the spool has items for are asked what they have already.</param>
    /// <param name="databaseOf">Name or id of an item's database.</param>
    /// <param name="map">How an item becomes a row.</param>
    /// <param name="mode">What happens to keys that are there already.</param>
    /// <param name="options">Settings, with <see cref="WriteBufferOptions{T}.SpoolFolder"/>.</param>
    /// <param name="cancellation">Gives up; the spool keeps what it has.</param>
    /// <exception cref="IOException">Another buffer uses the folder, or it is damaged otherwise than by a cut-off end.</exception>
    /// <exception cref="ShoalException">A database could not be asked.</exception>
    public static Task<WriteBuffer<T>> OpenAsync<T>(ShoalClient client, Func<T, string> databaseOf, TableMap<T> map, WriteMode mode,
        WriteBufferOptions<T> options, CancellationToken cancellation = default) =>
        WriteBuffer<T>.OpenAsync(client, databaseOf, map, mode, options, cancellation);
}

using Shoal.Client.Rows;

namespace Shoal.Client.Channels;

/// <summary>The rows of one statement, read as they are wanted.</summary>
/// <remarks>Thread: not safe. Owns: what it reads from, until disposed.</remarks>
internal abstract class RowStream : IAsyncDisposable
{
    /// <summary>Reads the columns of the result. Called once, first.</summary>
    public abstract ValueTask<IReadOnlyList<string>> ReadColumnsAsync(CancellationToken cancellation);

    /// <summary>Some more rows, valid until the next call; null after the last.</summary>
    public abstract ValueTask<RowReader?> ReadRowsAsync(CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
